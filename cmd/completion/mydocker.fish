# Completion of mydocker for fish. Nothing of what is on the line is evaluated.
function __mydocker_complete
    set -l current (commandline -ct)
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -e words[1]
    set -l reply (command $program complete $words "$current" </dev/null 2>/dev/null)
    set -l flag (string match -r -- '^--[^=]*=' "$current")
    set -l path (string replace -r -- '^--[^=]*=' '' "$current")
    switch "$reply[1]"
        case :files
            string replace -r -- '^' "$flag" (__fish_complete_path "$path")
        case :directories
            string replace -r -- '^' "$flag" (__fish_complete_directories "$path" directory)
        case '*'
            string join \n -- $reply
    end
end
complete -c mydocker -f -a '(__mydocker_complete)'
