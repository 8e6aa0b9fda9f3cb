# bash completion for mailgate
_mailgate() {
    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
    local path="" skip="" word words=""
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [ -n "$skip" ]; then skip=""; continue; fi
        case "$word" in
            --db|--config) [ -z "$path" ] && skip=1 ;;
            -*) ;;
            *) case "$path" in ""|" journal"|" alias"|" allow"|" block"|" contact"|" domain"|" model"|" param"|" record"|" attachment"|" audit"|" db") path="$path $word" ;; esac ;;
        esac
    done
    case "$path:$previous" in
        "":--db) COMPREPLY=(); return ;;
        "":--config) COMPREPLY=(); return ;;
        " init":--domain) COMPREPLY=(); return ;;
        " init":--company) COMPREPLY=(); return ;;
        " init":--contact) COMPREPLY=(); return ;;
        " deliver":-f|" deliver":--sender) COMPREPLY=(); return ;;
        " deliver":-r|" deliver":--recipient) COMPREPLY=(); return ;;
        " deliver":--model) COMPREPLY=(); return ;;
        " deliver":--size) COMPREPLY=(); return ;;
        " deliver":--queue-id) COMPREPLY=(); return ;;
        " explain":-f|" explain":--sender) COMPREPLY=(); return ;;
        " explain":-r|" explain":--recipient) COMPREPLY=(); return ;;
        " explain":--model) COMPREPLY=(); return ;;
        " explain":--size) COMPREPLY=(); return ;;
        " explain":--queue-id) COMPREPLY=(); return ;;
        " explain":--journal) COMPREPLY=(); return ;;
        " journal list":--outcome) COMPREPLY=($(compgen -W "created replied report refused held ignored duplicate quarantined rejected" -- "$current")); return ;;
        " journal list":--rule) COMPREPLY=(); return ;;
        " journal list":--since) COMPREPLY=(); return ;;
        " journal list":--sender) COMPREPLY=(); return ;;
        " journal list":--recipient) COMPREPLY=(); return ;;
        " journal list":--limit) COMPREPLY=(); return ;;
        " alias add":--model) COMPREPLY=(); return ;;
        " alias add":--default) COMPREPLY=(); return ;;
        " alias add":--record) COMPREPLY=(); return ;;
        " alias add":--parent) COMPREPLY=(); return ;;
        " alias add":--policy) COMPREPLY=($(compgen -W "everyone contacts followers internal" -- "$current")); return ;;
        " alias add":--on-refusal) COMPREPLY=($(compgen -W "notice reject" -- "$current")); return ;;
        " alias add":--refusal-text) COMPREPLY=(); return ;;
        " alias add":--acknowledge) COMPREPLY=(); return ;;
        " alias add":--follower) COMPREPLY=(); return ;;
        " alias set":--address) COMPREPLY=(); return ;;
        " alias set":--model) COMPREPLY=(); return ;;
        " alias set":--no-default) COMPREPLY=(); return ;;
        " alias set":--no-follower) COMPREPLY=(); return ;;
        " alias set":--default) COMPREPLY=(); return ;;
        " alias set":--record) COMPREPLY=(); return ;;
        " alias set":--parent) COMPREPLY=(); return ;;
        " alias set":--policy) COMPREPLY=($(compgen -W "everyone contacts followers internal" -- "$current")); return ;;
        " alias set":--on-refusal) COMPREPLY=($(compgen -W "notice reject" -- "$current")); return ;;
        " alias set":--refusal-text) COMPREPLY=(); return ;;
        " alias set":--acknowledge) COMPREPLY=(); return ;;
        " alias set":--follower) COMPREPLY=(); return ;;
        " contact add":--name) COMPREPLY=(); return ;;
        " contact list":--limit) COMPREPLY=(); return ;;
        " contact set":--name) COMPREPLY=(); return ;;
        " domain add":--company) COMPREPLY=(); return ;;
        " domain add":--contact) COMPREPLY=(); return ;;
        " domain add":--catchall) COMPREPLY=(); return ;;
        " domain add":--bounce) COMPREPLY=(); return ;;
        " domain add":--redirect-from) COMPREPLY=(); return ;;
        " domain set":--name) COMPREPLY=(); return ;;
        " domain set":--no-redirect-from) COMPREPLY=(); return ;;
        " domain set":--company) COMPREPLY=(); return ;;
        " domain set":--contact) COMPREPLY=(); return ;;
        " domain set":--catchall) COMPREPLY=(); return ;;
        " domain set":--bounce) COMPREPLY=(); return ;;
        " domain set":--redirect-from) COMPREPLY=(); return ;;
        " domain verify":--for) COMPREPLY=(); return ;;
        " model add":--label) COMPREPLY=(); return ;;
        " model add":--field) COMPREPLY=(); return ;;
        " model set":--no-field) COMPREPLY=(); return ;;
        " model set":--label) COMPREPLY=(); return ;;
        " model set":--field) COMPREPLY=(); return ;;
        " record list":--model) COMPREPLY=(); return ;;
        " record list":--state) COMPREPLY=($(compgen -W "open closed" -- "$current")); return ;;
        " record list":--alias) COMPREPLY=(); return ;;
        " record list":--sender) COMPREPLY=(); return ;;
        " record list":--search) COMPREPLY=(); return ;;
        " record list":--limit) COMPREPLY=(); return ;;
        " attachment save":--to) COMPREPLY=(); return ;;
        " audit list":--since) COMPREPLY=(); return ;;
        " audit list":--limit) COMPREPLY=(); return ;;
    esac
    case "$path" in
        "") words="init deliver explain journal unpack alias allow block contact domain model param record attachment audit db completion --db --config -v --verbose -q --quiet --version --json -h --help" ;;
        " init") words="--domain --company --contact --json -h --help" ;;
        " deliver") words="-f --sender -r --recipient --model --size --queue-id --dry-run --json --help" ;;
        " explain") words="-f --sender -r --recipient --model --size --queue-id --dry-run --journal --json -h --help" ;;
        " journal") words="list show --json -h --help" ;;
        " journal list") words="--outcome --rule --since --sender --recipient --limit --json -h --help" ;;
        " journal show") words="--json -h --help" ;;
        " unpack") words="--pending --failed --all --json -h --help" ;;
        " alias") words="add list show set remove --json -h --help" ;;
        " alias add") words="--model --default --record --parent --policy --local-part --full-address --on-refusal --refusal-text --acknowledge --follower --json -h --help" ;;
        " alias list") words="--json -h --help" ;;
        " alias show") words="--json -h --help" ;;
        " alias set") words="--address --model --no-default --no-record --no-parent --no-follower --default --record --parent --policy --local-part --full-address --on-refusal --refusal-text --acknowledge --follower --json -h --help" ;;
        " alias remove") words="--json -h --help" ;;
        " allow") words="add list remove --json -h --help" ;;
        " allow add") words="--json -h --help" ;;
        " allow list") words="--json -h --help" ;;
        " allow remove") words="--json -h --help" ;;
        " block") words="add list remove --json -h --help" ;;
        " block add") words="--json -h --help" ;;
        " block list") words="--json -h --help" ;;
        " block remove") words="--json -h --help" ;;
        " contact") words="add list show set remove --json -h --help" ;;
        " contact add") words="--name --internal --no-internal --json -h --help" ;;
        " contact list") words="--limit --json -h --help" ;;
        " contact show") words="--json -h --help" ;;
        " contact set") words="--name --internal --no-internal --json -h --help" ;;
        " contact remove") words="--json -h --help" ;;
        " domain") words="add list show set verify remove --json -h --help" ;;
        " domain add") words="--company --contact --catchall --bounce --redirect-from --json -h --help" ;;
        " domain list") words="--json -h --help" ;;
        " domain show") words="--json -h --help" ;;
        " domain set") words="--name --no-redirect-from --company --contact --catchall --bounce --redirect-from --json -h --help" ;;
        " domain verify") words="--for --json -h --help" ;;
        " domain remove") words="--yes --json -h --help" ;;
        " model") words="add list show set remove --json -h --help" ;;
        " model add") words="--label --field --json -h --help" ;;
        " model list") words="--json -h --help" ;;
        " model show") words="--json -h --help" ;;
        " model set") words="--no-field --label --field --json -h --help" ;;
        " model remove") words="--yes --json -h --help" ;;
        " param") words="list get set unset --json -h --help" ;;
        " param list") words="--json -h --help" ;;
        " param get") words="--json -h --help" ;;
        " param set") words="--json -h --help" ;;
        " param unset") words="--json -h --help" ;;
        " record") words="list set close reopen follow unfollow merge delete show --json -h --help" ;;
        " record list") words="--model --state --alias --sender --search --limit --json -h --help" ;;
        " record set") words="--json -h --help" ;;
        " record close") words="--json -h --help" ;;
        " record reopen") words="--json -h --help" ;;
        " record follow") words="--json -h --help" ;;
        " record unfollow") words="--json -h --help" ;;
        " record merge") words="--yes --json -h --help" ;;
        " record delete") words="--yes --json -h --help" ;;
        " record show") words="--json -h --help" ;;
        " attachment") words="save --json -h --help" ;;
        " attachment save") words="--to --json -h --help" ;;
        " audit") words="list --json -h --help" ;;
        " audit list") words="--since --limit --json -h --help" ;;
        " db") words="info migrate check --json -h --help" ;;
        " db info") words="--json -h --help" ;;
        " db migrate") words="--json -h --help" ;;
        " db check") words="--json -h --help" ;;
        " completion") words="--json -h --help bash zsh fish" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _mailgate mailgate
