/* What programs that run an NF for NetVM have in common: options, and how they settle on a core. */
#ifndef NETVM_NFLIB_LAUNCH_H
#define NETVM_NFLIB_LAUNCH_H

#include "loop.h"

/* A number from 0 to max; anything else is said on stderr by `program`, and ends it with exit code 2. */
long launch_number(const char *program, const char *option, const char *text, long max);

/* The same for --mode. */
enum netvm_nf_mode launch_mode(const char *program, const char *text);

/* Pins this process (not where core is below 0), and fits it for a shared core. Where it cannot run there it ends it with exit code 3. */
void launch_settle(const char *program, int core, enum netvm_nf_mode mode);

#endif
