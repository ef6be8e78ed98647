/* An NF's options: `--name VALUE` pairs. */
#ifndef NETVM_NFS_OPTIONS_H
#define NETVM_NFS_OPTIONS_H

#include <stdint.h>

#include "../../match/prefix.h"

enum nf_option_kind {
	NF_NUMBER,  /* uint64_t, from min to max */
	NF_TEXT,    /* const char * into argv */
	NF_IPV4,    /* uint32_t in host byte order */
	NF_ADDRESS, /* struct match_prefix of full length: IPv4 or IPv6 */
	NF_PREFIX,  /* struct match_prefix */
	NF_MAC,     /* uint8_t[6] */
	NF_FLAG,    /* uint64_t, 1 where the option is there; takes no value */
};

struct nf_option {
	const char *name; /* with its dashes */
	enum nf_option_kind kind;
	void *value; /* keeps what it holds where the option is not given */
	uint64_t min, max;
	int required;
};

/* Returns 0, or -1 with a sentence in `error` that names the option, what was expected, and what came. */
int nf_options_read(int argc, char **argv, const struct nf_option *options, uint32_t n, char *error, uint32_t error_bytes);

/* The parsers themselves, for files: 0, or -1. */
int nf_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);
int nf_parse_mac(const char *text, uint8_t mac[6]);

#endif
