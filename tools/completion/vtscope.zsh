
# _vtscope_describe WHAT [-o]: rows NAME<tab>TEXT of standard input; -o: they are options.
_vtscope_describe()
{
	local row
	local -a rows
	while IFS= read -r row; do
		rows+=("${${row%%$'\t'*}//:/\\:}:${row#*$'\t'}")
	done
	_describe $2 "$1" rows
}

_vtscope_complete()
{
	local program=$words[1] name=${words[1]:t} subcommand= option= row
	local -a found names
	integer i

	case $name in exitstat | vtbench) subcommand=$words[2] ;; esac
	# Behind -- are vtrun's arguments, and behind vtrun's own the guest's.
	for ((i = 2; i < CURRENT; i++)); do
		[[ $words[i] == -- ]] || continue
		case $name:$subcommand in
		(vmtop: | exitstat:record)
			[[ $program == */* ]] && program=${program:h}/vtrun || program=vtrun
			name=vtrun subcommand= ;;
		(vtrun:) return 1 ;;
		esac
	done
	case $name:$CURRENT in
	(exitstat:2 | vtbench:2)
		_vtscope_subcommands $program | _vtscope_describe subcommand
		return ;;
	esac
	option=$words[CURRENT-1]
	if [[ $PREFIX == --*=* ]]; then
		option=${PREFIX%%=*}
		compset -P '*='
	fi
	[[ $option != -* ]] || found=(${(f)"$(_vtscope_words $program $name "$subcommand" $option)"})
	if (( ! $#found )); then
		if [[ $PREFIX == -* ]]; then
			_vtscope_options $program "$subcommand" | _vtscope_describe option -o
			return
		fi
		found=(${(f)"$(_vtscope_words $program $name "$subcommand" .)"})
	fi
	for row in $found; do
		case $row in
		(list)	compset -P '*,' ;;
		(@file)	_files ;;
		(@directory) _files -/ ;;
		(*)	names+=($row) ;;
		esac
	done
	(( ! $#names )) || compadd -a names
}
_vtscope_complete "$@"
