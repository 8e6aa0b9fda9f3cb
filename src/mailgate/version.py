"""The version of this program, in one place for the build and for ``--version``."""

VERSION = "0.1.0"
