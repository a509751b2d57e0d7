# The text of -help all as a man page.  Variables: name (karhunen-sample), date, version.
# No line is longer than 79 bytes, none begins as a request.
function escape(text,   n, i, word, line, all) {
  text = quote(text); n = split(text, word, " ")
  for (i = 1; i <= n; i++) {
    if (line != "" && length(line) + length(word[i]) > 77) { all = all line "\n"; line = "" }
    line = line == "" ? (word[i] ~ /^[.]/ ? "\\&" : "") word[i] : line " " word[i]
  }
  return all line
}
function quote(text) {
  gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); gsub(/\^/, "\\(ha", text); gsub(/~/, "\\(ti", text); gsub(/'/, "\\(aq", text)
  return text ~ /^[.]/ ? "\\&" text : text
}
function sublist(wanted) { if (wanted != sub_open) print wanted ? ".RS" : ".RE"; sub_open = wanted }
function section(title) { sublist(0); print ".SH " title }
function entry(tag, text) { print ".TP"; print "\\fB" escape(tag) "\\fR"; print escape(text) }
BEGIN {
  spoken = name; if (name != "karhunen-bench") sub(/-/, " ", spoken)
  printf ".TH %s 1 %s \"karhunen %s\" \"User Commands\"\n", toupper(name), date, version
}
NR == 1 { # "karhunen sample: what it does"
  what = $0; sub(/^[^:]*: */, "", what)
  section("NAME"); print escape(name) " \\- " escape(what)
  section("SYNOPSIS")
  if (name == "karhunen") { print "\\fBkarhunen\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]"; print ".br"; print "mpirun \\-n \\fIRANKS\\fR \\fBkarhunen\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]" }
  else print "\\fB" escape(spoken) "\\fR " (spoken ~ / (render|info|verify)$/ ? "\\fIFILE\\fR " : "") "[\\fIOPTIONS\\fR]"
  section(name == "karhunen" ? "COMMANDS" : "OPTIONS")
  if (name == "karhunen") print "Each has its own page, karhunen\\-COMMAND(1)."
  else print "Defaults stand in brackets."
  next
}
name == "karhunen" && /^  [a-z]+  / { tag = $1; text = $0; sub(/^ *[a-z]+ +/, "", text); entry(tag, text); commands = commands (commands ? ",\n" : "") ".BR karhunen\\-" tag " (1)"; next }
/^  -/ { sublist(0); tag = substr($0, 3, 28); text = substr($0, 32); if (tag !~ / $/ && $0 !~ /^  -[^ ]+ FILE/) { tag = $1; text = $0; sub(/^ *[^ ]+ */, "", text) }
         sub(/ +$/, "", tag); entry(tag, text); next }
/^                                 [^ ]/ { sublist(1); tag = $1; text = $0; sub(/^ *[^ ]+ */, "", text); entry(tag, text); next }
/^  [A-Z]/ { sublist(0); print ".PP"; print escape(substr($0, 3)) }
END {
  if (name == "karhunen") {
    section("OPTIONS"); print "Every command lists its options with"; print "\\fB\\-help\\fR,"; print "those of all types with"; print "\\fB\\-help all\\fR."
    print "Options are checked before work starts."; print "\\fB\\-options_file\\fR \\fIFILE\\fR"; print "reads them from a YAML file."
  }
  section("EXIT STATUS"); entry("0", "The work is done."); entry("1", "An error, told in one line."); entry("3", "Stopped by a signal or -max_time; what was whole is kept.")
  section("SEE ALSO"); print name == "karhunen" ? commands : ".BR karhunen (1)"
}
