/* The NF's packet loop over its rings. */
#ifndef NETVM_NFLIB_LOOP_H
#define NETVM_NFLIB_LOOP_H

#include "attach.h"

enum netvm_nf_mode {
	NETVM_MODE_POLL,     /* owns its core, never sleeps */
	NETVM_MODE_ADAPTIVE, /* polls while there are packets and shortly after, then sleeps */
	NETVM_MODE_SHARED,   /* shares its core: drains what is there, hands the core on, sleeps */
};

/* Runs until netvmd says stop. */
void netvm_nf_loop(struct netvm_attachment *a, const struct netvm_nf *nf, enum netvm_nf_mode mode);

#endif
