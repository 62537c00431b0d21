"""Operations: one function per verb; they join the rooms, return a result and print nothing."""
