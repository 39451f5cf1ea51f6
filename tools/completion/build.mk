# SPDX-License-Identifier: GPL-2.0-only
# Completion for bash and zsh. Options are read from --help when they are asked for; values are in values.def.
completion_BASH := $(addprefix lib/completion/,vtrun vmtop exitstat vtbench)
completion_PARTS = $(addprefix $(srcdir)/tools/completion/,compose values.def common.sh) $(srcdir)/trace/events.def obj/flags

ALSO_FILES += $(completion_BASH) lib/completion/_vtscope
INSTALLED  += $(completion_BASH:%='644 % $(datadir)/bash-completion/completions') \
	'644 lib/completion/_vtscope $(datadir)/zsh/site-functions'

completion_common = $(srcdir)/tools/completion/compose $(srcdir) $(libdir)

$(completion_BASH): $(srcdir)/tools/completion/vtscope.bash $(completion_PARTS)
	@mkdir -p $(@D)
	@$(completion_common) | cat - $< >$@
lib/completion/_vtscope: $(srcdir)/tools/completion/vtscope.zsh $(completion_PARTS)
	@mkdir -p $(@D)
	@{ echo '#compdef vtrun vmtop exitstat vtbench'; $(completion_common); cat $<; } >$@
