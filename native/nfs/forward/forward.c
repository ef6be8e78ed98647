/* forward: what every router does to an IPv4 packet: TTL down by one, checksum updated (RFC 1624), expired ones dropped. */
#include "../../abi/flow.h"
#include "../../abi/nf.h"
#include "../../abi/region.h"

/* TTL is the high byte of its 16-bit word, so the checksum grows by 0x0100, with end-around carry. */
static void decrement_ttl(uint8_t *ip)
{
	ip[8]--;
	uint32_t sum = (uint32_t)netvm_be16(ip + 10) + 0x0100u;
	sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t ip = netvm_ipv4_offset(packets[i].data, packets[i].length);
		if (ip == 0)
			continue; /* not IPv4: passed on as it is */
		if (packets[i].data[ip + 8] <= 1)
			packets[i].action = NETVM_ACTION_DROP;
		else
			decrement_ttl(packets[i].data + ip);
	}
}

const struct netvm_nf netvm_nf = {.name = "forward", .process = process};
