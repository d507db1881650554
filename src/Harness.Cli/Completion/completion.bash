# Completion of harness for bash. It starts the program that is on the line, which knows its own commands and options.
_harness() {
  local line=${COMP_LINE:0:COMP_POINT} word before
  line=harness${line#"${COMP_WORDS[0]}"}
  # Up to the cursor, also where bash ends words at "=" and ":".
  word=${line##*[[:space:]]}
  before=${word%"${word##*[=:]}"}
  [[ $COMP_WORDBREAKS == *[=:]* ]] || before=
  COMPREPLY=()
  local found
  while IFS= read -r found; do
    [[ -z $found || $found != "$word"* ]] || COMPREPLY+=("${found#"$before"}")
  done < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
  # A value follows at once.
  [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}
complete -o default -F _harness harness
