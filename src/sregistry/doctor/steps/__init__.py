"""The steps of the doctor's walk: functions from what is known so far to a `StepResult`."""
