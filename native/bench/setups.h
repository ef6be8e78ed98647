/* What each NF is started with where it is benchmarked and fuzzed: options that let the generator's packets pass. */
#ifndef NETVM_BENCH_SETUPS_H
#define NETVM_BENCH_SETUPS_H

#include "../abi/nf.h"

/* What an NF is measured with. */
enum setup_packets {
	SETUP_IPV4,    /* the generator's, 64 bytes */
	SETUP_IPV6,    /* the same, as long as they must be */
	SETUP_SPLICED, /* data of the connections of handshake.h, which are open */
};

struct setup {
	const char *nf;
	const char *label;   /* of the benchmark's line */
	const char *options; /* words between blanks; "@" is the name of a file with `file` in it */
	const char *file;
	enum setup_packets packets;
};

/* All of them; the last has no nf. An NF's first one is its usual one. */
extern const struct setup setups[];

/* The usual one of an NF, or NULL. */
const struct setup *setup_of(const char *nf);

/* Starts the NF with it. Returns 0, or -1 with a sentence in `error`. */
int setup_start(const struct netvm_nf *nf, const struct setup *s, char *error, uint32_t error_bytes);

/* Tells the NF of services, where it asks for such: there are all that it can name. */
void setup_services(const struct netvm_nf *nf);

#endif
