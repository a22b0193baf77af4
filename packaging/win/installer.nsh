; What electron-builder's installer does not do by itself, for this user alone: the `keyfob` command on the PATH, and
; the scheme `keyfob:`, by which a browser hands a sign-in's redirect over (RFC 8252 section 7.1). The uninstaller takes
; both away, unless a newer version is about to be installed or another program has taken the scheme.

!macro customInstall
  nsExec::Exec '"$INSTDIR\resources\command\user-path.exe" add'
  Pop $0
  ${if} $0 != 0
    DetailPrint "The folder $INSTDIR\resources\command\bin could not be put on your PATH."
  ${endIf}
  WriteRegStr HKCU "Software\Classes\keyfob" "" "URL:Keyfob"
  WriteRegStr HKCU "Software\Classes\keyfob" "URL Protocol" ""
  WriteRegStr HKCU "Software\Classes\keyfob\DefaultIcon" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}",0'
  WriteRegStr HKCU "Software\Classes\keyfob\shell\open\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'
!macroend

!macro customUnInstall
  ${ifNot} ${isUpdated}
    nsExec::Exec '"$INSTDIR\resources\command\user-path.exe" remove'
    Pop $0
    ReadRegStr $0 HKCU "Software\Classes\keyfob\shell\open\command" ""
    ${if} $0 == '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'
      DeleteRegKey HKCU "Software\Classes\keyfob"
    ${endIf}
  ${endIf}
!macroend
