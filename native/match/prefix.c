#include "prefix.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static void mask_address(struct match_prefix *p)
{
	uint32_t bits = p->version == 4 ? p->length + 96u : p->length;
	p->address.high &= bits == 0 ? 0 : bits >= 64 ? ~0ull : ~0ull << (64 - bits);
	p->address.low &= bits <= 64 ? 0 : ~0ull << (128 - bits);
}

/* Digits and nothing else; -1 where they say more than `max`. */
static int read_length(const char *text, uint8_t max)
{
	char *end;
	unsigned long length = strtoul(text, &end, 10);
	return text[0] < '0' || text[0] > '9' || *end != 0 || length > max ? -1 : (int)length;
}

int match_prefix_read(const char *text, struct match_prefix *prefix)
{
	char address[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	size_t n = strcspn(text, "/");
	if (n >= sizeof address)
		return -1;
	memcpy(address, text, n);
	address[n] = 0;
	struct match_prefix p = {0};
	if (inet_pton(AF_INET, address, bytes) == 1) {
		p.version = 4;
		p.length = 32;
		p.address.low = netvm_be32(bytes);
	} else if (inet_pton(AF_INET6, address, bytes) == 1) {
		p.version = 6;
		p.length = 128;
		p.address = netvm_ipv6_address(bytes);
	} else {
		return -1;
	}
	int length = text[n] == '/' ? read_length(text + n + 1, p.length) : p.length;
	if (length < 0)
		return -1;
	p.length = (uint8_t)length;
	mask_address(&p);
	*prefix = p;
	return 0;
}
