# Completion of harness for fish. It starts the program that is on the line, which knows its own commands and options.
function __harness_complete
    set -l words (commandline -opc)
    set -l rest $words[2..-1] (commandline -ct)
    set -l line (string join ' ' -- harness $rest)
    $words[1] "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
end
complete -c harness -a '(__harness_complete)'
