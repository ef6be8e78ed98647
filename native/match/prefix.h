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

#endif
