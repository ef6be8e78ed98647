/* forward: what every router does to a packet: TTL down by one, checksum updated (RFC 1624), expired ones dropped. */
#include "../../abi/checksum.h"
#include "../../abi/flow.h"
#include "../../abi/nf.h"
#include "../../abi/region.h"

/* The TTL, or the hop limit, which no checksum covers. What is not IP passes as it is. Out of line: most packets are plain. */
static __attribute__((noinline)) void forward_any(struct netvm_packet *p)
{
	struct netvm_headers h;
	int version = netvm_headers_read(p->data, p->length, &h);
	uint8_t *ip = p->data + h.l3;
	if (version == 0)
		return;
	if ((version == 4 ? ip[8] : ip[7]) <= 1)
		p->action = NETVM_ACTION_DROP;
	else if (version == 4)
		netvm_ipv4_decrement_ttl(ip);
	else
		ip[7]--;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *ip = packets[i].data + NETVM_ETH_BYTES;
		if (__builtin_expect(netvm_is_plain_ipv4(packets[i].data, packets[i].length) && ip[8] > 1, 1))
			netvm_ipv4_decrement_ttl(ip);
		else
			forward_any(&packets[i]);
	}
}

const struct netvm_nf netvm_nf = {.name = "forward", .process = process};
