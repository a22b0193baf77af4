@echo off
rem The keyfob command of an installed Keyfob: the application's own program, told by a mark that it is to
rem read a command line. A command file waits for it, which the prompt alone would not.
"%~dp0..\..\Keyfob.exe" --disable-gpu --keyfob-command -- %*
