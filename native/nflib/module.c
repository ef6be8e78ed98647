/* What every NF shows that is built as a shared object, to run inside netvmd. All else of it is hidden. */
#include "../abi/nf.h"

__attribute__((visibility("default"))) const struct netvm_nf_module netvm_nf_module = {
	.abi_version = NETVM_NF_ABI,
	.packet_bytes = sizeof(struct netvm_packet),
	.nf = &netvm_nf,
};
