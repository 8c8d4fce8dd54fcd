# shellcheck shell=bash
# Completion of mydocker for bash. Nothing of what is on the line is evaluated: words
# are words. It needs nothing but bash (4.3 or later).
_mydocker() {
    local line=${COMP_LINE:0:COMP_POINT} rest word words=() i
    # Bash splits words at = and : too. What stands together is one word here.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        rest=${line#"${line%%[![:space:]]*}"}
        word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$rest
        if [[ ${#words[@]} -gt 0 && $rest == "$line" ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        line=${rest#"$word"}
    done
    local current=${words[-1]} breaks=${COMP_WORDBREAKS//[^=:]/} kept='' reply=()
    [[ ! $breaks ]] || kept=${current%"${current##*["$breaks"]}"}
    mapfile -t reply < <("${1/#\~\//$HOME/}" complete "${words[@]:1}" </dev/null 2>/dev/null)
    COMPREPLY=()
    case ${reply[0]-} in
    :files) compopt -o default ;;
    :directories) compopt -o dirnames ;;
    *)
        for word in "${reply[@]}"; do
            word=${word%%$'\t'*}
            COMPREPLY+=("${word#"$kept"}")
        done
        [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *[=:] ]] || compopt -o nospace
        ;;
    esac
}
complete -F _mydocker mydocker
