"""The script that lets bash complete methods, keys and values. It holds them all: no TAB waits for calbridge."""

from typing import Final

from calbridge.api_command.manual import METHODS
from calbridge.api_command.parameters import AnyEndpoint, parameters

_OPTIONS: Final = (
    "--config --json --list --help --request --page --show-secrets --upload --download --completion"  # as in commands
)

_SCRIPT: Final = r"""# Completion of `calbridge api` in bash:  source <(calbridge api --completion bash)
_calbridge_api_keys() {
    case "$1" in
@KEYS@
    esac
}

_calbridge_api_values() {
    case "$1" in
@VALUES@
    esac
}

_calbridge() {
    local line=${COMP_LINE:0:COMP_POINT} method= word words=()
    COMPREPLY=()
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    [[ ${words[1]} == api && ${#words[@]} -gt 2 ]] || return 0
    local current=${words[${#words[@]}-1]}
    for word in "${words[@]:2:${#words[@]}-3}"; do
        [[ $word == */* || $word == authenticate ]] && [[ $word != *=* ]] && { method=$word; break; }
    done
    case "$current" in
        -*) COMPREPLY=($(compgen -W '@OPTIONS@' -- "$current")); return 0 ;;
        *=@*) mapfile -t COMPREPLY < <(compgen -f -- "${current#*=@}"); return 0 ;;
        *=*)
            word=$(_calbridge_api_values "$method ${current%%=*}")
            COMPREPLY=($(compgen -W "$word" -- "${current#*=}"))
            return 0
            ;;
    esac
    if [[ -z $method ]]; then
        COMPREPLY=($(compgen -W '@METHODS@' -- "$current"))
    else
        COMPREPLY=($(compgen -W "$(_calbridge_api_keys "$method")" -- "$current"))
        [[ ${#COMPREPLY[@]} -gt 0 ]] && compopt -o nospace 2>/dev/null
    fi
    return 0
}

complete -o default -F _calbridge calbridge
"""


def bash_script() -> str:
    """The script for bash, to be sourced."""
    keys = "\n".join(f"        {path}) echo '{_keys(endpoint)}' ;;" for path, endpoint in METHODS.items())
    values = "\n".join(
        f"        '{path} {each.key}') echo '{' '.join(each.choices)}' ;;"
        for path, endpoint in METHODS.items()
        for each in parameters(endpoint)
        if each.choices
    )
    parts = {"@KEYS@": keys, "@VALUES@": values, "@OPTIONS@": _OPTIONS, "@METHODS@": " ".join(METHODS)}
    script = _SCRIPT
    for mark, text in parts.items():
        script = script.replace(mark, text)
    return script


def _keys(endpoint: AnyEndpoint) -> str:
    return " ".join(f"{each.key}={'@' if each.secret else ''}" for each in parameters(endpoint))
