"""Completion scripts made from the commands: static, so that a TAB starts no interpreter."""

from __future__ import annotations

import click

from mailgate.cli.tree import Node, choices, names, nodes, takes_value

FILES = {"bash": "mailgate.bash", "zsh": "_mailgate", "fish": "mailgate.fish"}
"""The file of each shell's script."""
_GLOBAL_VALUES = "--db|--config"


def script(shell: str, root: click.Command) -> str:
    """Return the script for one of the shells in FILES."""
    makers = {"bash": _bash, "zsh": _zsh, "fish": _fish}
    return makers[shell](list(nodes(root)))


def _path(node: Node) -> str:
    return "".join(f" {word}" for word in node.words)


def _groups(tree: list[Node]) -> str:
    return "|".join(f'"{_path(node)}"' for node in tree if node.children)


def _words(node: Node) -> list[str]:
    found = [name for option in node.options for name in names(option)]
    return [*node.children, *found, *_argument_words(node)]


def _argument_words(node: Node) -> list[str]:
    arguments = [p for p in node.command.params if isinstance(p, click.Argument)]
    return [choice for argument in arguments for choice in choices(argument)]


def _bash(tree: list[Node]) -> str:
    lines = [
        "# bash completion for mailgate",
        "_mailgate() {",
        '    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"',
        '    local path="" skip="" word words=""',
        '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
        '        if [ -n "$skip" ]; then skip=""; continue; fi',
        '        case "$word" in',
        f'            {_GLOBAL_VALUES}) [ -z "$path" ] && skip=1 ;;',
        "            -*) ;;",
        f'            *) case "$path" in {_groups(tree)}) path="$path $word" ;; esac ;;',
        "        esac",
        "    done",
        '    case "$path:$previous" in',
    ]
    for node in tree:
        path = _path(node)
        for option in node.options:
            spelled = "|".join(f'"{path}":{name}' for name in names(option))
            if takes_value(option):
                action = _bash_value(option)
                lines.append(f"        {spelled}) {action}; return ;;")
    lines += ["    esac", '    case "$path" in']
    for node in tree:
        path = _path(node)
        lines.append(f'        "{path}") words="{" ".join(_words(node))}" ;;')
    lines += [
        "    esac",
        '    COMPREPLY=($(compgen -W "$words" -- "$current"))',
        "}",
        "complete -o default -F _mailgate mailgate",
    ]
    return "\n".join(lines) + "\n"


def _bash_value(option: click.Option) -> str:
    if choices(option):
        return f'COMPREPLY=($(compgen -W "{" ".join(choices(option))}" -- "$current"))'
    return "COMPREPLY=()"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _zsh(tree: list[Node]) -> str:
    lines = [
        "#compdef mailgate",
        "# zsh completion for mailgate",
        "_mailgate() {",
        "    local word skip place=''",
        "    for word in ${words[2,CURRENT-1]}; do",
        "        if [[ -n $skip ]]; then skip=''; continue; fi",
        "        case $word in",
        f"            {_GLOBAL_VALUES}) [[ -z $place ]] && skip=1 ;;",
        "            -*) ;;",
        f'            *) case $place in {_groups(tree)}) place="$place $word" ;; esac ;;',
        "        esac",
        "    done",
        "    local -a commands options",
        "    case $place:${words[CURRENT-1]} in",
    ]
    for node in tree:
        path = _path(node)
        for option in node.options:
            if takes_value(option):
                spelled = "|".join(f"'{path}:{name}'" for name in names(option))
                values = f"compadd -- {' '.join(choices(option))}" if choices(option) else "_files"
                lines.append(f"        {spelled}) {values}; return ;;")
    lines += ["    esac", "    case $place in"]
    for node in tree:
        lines += _zsh_words(node)
    lines += [
        "    esac",
        "    if [[ ${words[CURRENT]} == -* ]]; then",
        "        _describe -o option options",
        "    elif (( ${#commands} )); then",
        "        _describe command commands",
        "    else",
        "        _files",
        "    fi",
        "}",
        '_mailgate "$@"',
    ]
    return "\n".join(lines) + "\n"


def _zsh_words(node: Node) -> list[str]:
    lines = [f"        '{_path(node)}')"]
    described = [_quote(f"{name}:{text}") for name, text in node.children.items()]
    described += [_quote(word) for word in _argument_words(node)]
    if described:
        lines.append(f"            commands=({' '.join(described)})")
    described = [
        _quote(f"{name}:{(option.help or '').replace(':', ',')}")
        for option in node.options
        for name in names(option)
    ]
    return [*lines, f"            options=({' '.join(described)}) ;;"]


def _fish(tree: list[Node]) -> str:
    lines = ["# fish completion for mailgate"]
    tops = " ".join(tree[0].children)
    for node in tree:
        seen = [f"__fish_seen_subcommand_from {word}" for word in node.words]
        below = " ".join(node.children)
        here = [*seen, f"not __fish_seen_subcommand_from {below}"] if below else seen
        for name, text in node.children.items():
            lines.append(f"complete -c mailgate -f -n {_fish_test(here)} -a {name} -d {_fq(text)}")
        lines += [
            f"complete -c mailgate -f -n {_fish_test(here)} -a {word}"
            for word in _argument_words(node)
        ]
        place = seen or [f"not __fish_seen_subcommand_from {tops}"]
        lines += [_fish_option(option, place) for option in node.options]
    return "\n".join(lines) + "\n"


def _fish_option(option: click.Option, place: list[str]) -> str:
    spelled = " ".join(
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in names(option)
    )
    value = " -x" if takes_value(option) else ""
    if choices(option):
        value += f" -a {_fq(' '.join(choices(option)))}"
    return f"complete -c mailgate -n {_fish_test(place)} {spelled}{value} -d {_fq(option.help)}"


def _fish_test(tests: list[str]) -> str:
    return _fq("; and ".join(tests))


def _fq(text: str | None) -> str:
    return "'" + (text or "").replace("\\", "\\\\").replace("'", "\\'") + "'"
