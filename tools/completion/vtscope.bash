
# _vtscope_complete: COMPREPLY, of the words so far.
_vtscope_complete()
{
	local program=${COMP_WORDS[0]} name=${COMP_WORDS[0]##*/} subcommand= option= i
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} prefix= row words=()

	COMPREPLY=()
	# --option=value is three words to bash.
	if [ "$word" = = ]; then
		word=
	elif [ "$previous" = = ]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $name in exitstat | vtbench) subcommand=${COMP_WORDS[1]} ;; esac
	# Behind -- are vtrun's arguments, and behind vtrun's own the guest's.
	for ((i = 1; i < COMP_CWORD; i++)); do
		[ "${COMP_WORDS[i]}" = -- ] || continue
		case $name:$subcommand in
		vmtop: | exitstat:record)
			[[ $program == */* ]] && program=${program%/*}/vtrun || program=vtrun
			name=vtrun subcommand= ;;
		vtrun:)	return ;;
		esac
	done
	case $name:$COMP_CWORD in
	exitstat:1 | vtbench:1)
		words=($(_vtscope_subcommands "$program" | cut -f1) --help --version)
		COMPREPLY=($(compgen -W "${words[*]}" -- "$word"))
		return ;;
	esac
	case $previous in
	-*)	mapfile -t words < <(_vtscope_words "$program" "$name" "$subcommand" "$previous") ;;
	esac
	if [ ${#words[@]} = 0 ]; then
		case $word in
		-*)	COMPREPLY=($(compgen -W "$(_vtscope_options "$program" "$subcommand" | cut -f1)" -- "$word"))
			return ;;
		esac
		mapfile -t words < <(_vtscope_words "$program" "$name" "$subcommand" .)
	fi
	for row in "${words[@]}"; do
		case $row in
		list)	[[ $word != *,* ]] || prefix=${word%,*}, ;;
		@file)	compopt -o filenames 2>/dev/null; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$word") ;;
		@directory) compopt -o filenames 2>/dev/null; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$word") ;;
		*)	COMPREPLY+=($(compgen -P "$prefix" -W "$row" -- "${word#"$prefix"}")) ;;
		esac
	done
}
complete -F _vtscope_complete vtrun vmtop exitstat vtbench
