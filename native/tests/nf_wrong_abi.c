/* An NF for guests, built for regions of another ABI version: it must refuse the one there is. */
#include "../abi/region.h"

#undef NETVM_REGION_ABI
#define NETVM_REGION_ABI 99u

#include "../nflib/attach.c"

static void pass(struct netvm_packet *packets, uint32_t n)
{
	(void)packets;
	(void)n;
}

const struct netvm_nf netvm_nf = {.name = "wrong-abi", .process = pass};
