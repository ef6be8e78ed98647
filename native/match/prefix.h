/* An address and how many of its leading bits count, IPv4 or IPv6. */
#ifndef NETVM_MATCH_PREFIX_H
#define NETVM_MATCH_PREFIX_H

#include "../abi/flow.h"

struct match_prefix {
	struct netvm_address address; /* bits behind the length are 0 */
	uint8_t length;
	uint8_t version; /* 4 or 6; 0: not given, any address */
};

/* Of a text such as 10.0.0.0/8, 2001:db8::/32 or, of full length, 192.0.2.1. Returns 0, or -1 where it is none. */
int match_prefix_read(const char *text, struct match_prefix *prefix);

/* Whether an address of the prefix's version begins with it; without a version all do. */
static inline int match_prefix_holds(const struct match_prefix *p, const struct netvm_address *a)
{
	uint32_t bits = p->version == 0 ? 0 : p->version == 4 ? p->length + 96u : p->length;
	uint64_t high = bits == 0 ? 0 : bits >= 64 ? ~0ull : ~0ull << (64 - bits), low = bits <= 64 ? 0 : ~0ull << (128 - bits);
	return ((a->high & high) == p->address.high) & ((a->low & low) == p->address.low);
}

#endif
