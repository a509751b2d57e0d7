# A header as Doxygen reads it: comments at the start of a line document what follows, those behind a declaration document it.
function text(s) {
  gsub(/[\\@<>#%&$"]/, "\\\\&", s)
  return s
}
function close_comment(s, at) {
  at = index(s, "*/")
  if (at) {
    inside = 0
    return text(substr(s, 1, at - 1)) substr(s, at)
  }
  return text(s) (s ~ /^     / ? "<br>" : "")
}
inside {
  print close_comment($0)
  next
}
/^ *\/\* --- / {
  print "" # a title between parts
  next
}
/^ *\/\*/ {
  at = index($0, "/*")
  inside = 1
  print substr($0, 1, at - 1) "/**" (NR == 1 ? " @file\n" : "") close_comment(substr($0, at + 2))
  next
}
/^[ a-zA-Z#].*\/\*/ {
  at = index($0, "/*")
  inside = 1
  print substr($0, 1, at - 1) ($0 ~ /^#/ ? "/*" : "/**<") close_comment(substr($0, at + 2))
  next
}
{ print }
