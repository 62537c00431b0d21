"""One SIF file -> the layer and the config of an image for Docker: the reverse of `sregistry.assembly`.

`sif` opens the file and decides what it is: made from an image by a pull, here or by Apptainer, or a container with a
runscript of its own. `conversion` says what a pull added to the files of an image, `container` what a container needs
to start in Docker, `environment` reads its environment scripts. `layer` writes the files as a tar.
"""
