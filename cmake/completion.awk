# The texts of -help all, a file each (karhunen, karhunen-sample, ..., karhunen-bench), as completion for bash.
FNR == 1 { command = FILENAME; sub(/.*\//, "", command); if (command != "karhunen-bench") sub(/^karhunen-?/, "", command) }
command == "" && /^  [a-z]+  / { commands = commands " " $1; next }
/^  -/ {
  option = $1; options[command] = options[command] " " option
  choices = ""
  if (match($0, /\(one of: [^)]*\)/)) { choices = substr($0, RSTART + 9, RLENGTH - 10); gsub(/,/, "", choices) }
  else if ($0 ~ /\[(true|false)\]/) choices = "true false"
  if (choices) values[command "," option] = choices
  next
}
/^                                 [^ ]/ { values[command "," option] = values[command "," option] " " $1 }
END {
  print "# bash completion for karhunen and karhunen-bench; made from their -help."
  print "_karhunen()\n{\n  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} options= values="
  print "  local commands=\"help version" commands "\""
  print "  if [[ ${COMP_WORDS[0]##*/} == karhunen-bench ]]; then command=karhunen-bench\n  elif ((COMP_CWORD == 1)); then"
  print "    [[ $word == -* ]] && commands=-help\n    COMPREPLY=($(compgen -W \"$commands\" -- \"$word\"))\n    return\n  fi"
  print "  case $command in"
  fflush()
  for (c in options) { text = options[c]; sub(/^ /, "", text); print "    " c ") options=\"-help " text "\" ;;" | "sort" }
  close("sort")
  print "    help) options=\"" substr(commands, 2) "\" ;;\n  esac"
  print "  case $command,$before in"
  fflush()
  for (v in values) { text = values[v]; sub(/^ /, "", text); print "    " v ") values=\"" text "\" ;;" | "sort" }
  close("sort")
  print "    *,-help) values=all ;;\n  esac"
  print "  if [[ $word == -* || $command == help ]]; then COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))"
  print "  elif [[ $values ]]; then COMPREPLY=($(compgen -W \"$values\" -- \"$word\"))"
  print "  else COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}"
  print "complete -o filenames -F _karhunen karhunen karhunen-bench"
}
