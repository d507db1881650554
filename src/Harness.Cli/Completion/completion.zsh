#compdef harness
# Completion of harness for zsh. It starts the program that is on the line, which knows its own commands and options.
_harness() {
  local program=${(Q)words[1]} line="harness ${(j: :)words[2,CURRENT]}"
  local -a found
  found=(${(f)"$(${~program} "[suggest:${#line}]" "$line" 2>/dev/null)"})
  found=(${(M)found:#${words[CURRENT]}*})
  if (( ${#found} )); then
    compadd -S ' ' -- ${found:#*=}
    compadd -S '' -- ${(M)found:#*=}
  else
    _files
  fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _harness "$@"
else
  compdef _harness harness
fi
