# SPDX-License-Identifier: GPL-2.0-only
# The tree, the build, the runner itself.
E2E_TESTS += build-tree build-instructions build-configure build-runner build-dist build-compilers
