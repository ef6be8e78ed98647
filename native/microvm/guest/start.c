/* Where the guest starts, and the header of its image. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "../../nflib/loop.h"
#include "guest.h"

extern char microvm_code_bytes[], microvm_data_bytes[], microvm_zero_bytes[]; /* absolute: guest/image.ld */
void guest_start(void);

__attribute__((section(".microvm.header"), used)) static const struct microvm_image header = {
	.magic = MICROVM_MAGIC,
	.abi_version = MICROVM_ABI,
	.region_abi = NETVM_REGION_ABI,
	.entry = (uint64_t)guest_start,
	.code_bytes = (uint64_t)microvm_code_bytes,
	.data_bytes = (uint64_t)microvm_data_bytes,
	.zero_bytes = (uint64_t)microvm_zero_bytes,
};

_Noreturn void guest_refuse(const char *sentence, int exit_code)
{
	BOOT->call.argument[2] = (uint64_t)exit_code;
	guest_call2(MICROVM_REFUSE, (uint64_t)sentence, strlen(sentence));
	__builtin_trap();
}

static _Noreturn void refuse_region(const char *why)
{
	char sentence[256];
	snprintf(sentence, sizeof sentence, "the region %s", why);
	guest_refuse(sentence, 3);
}

void guest_start(void)
{
	static struct netvm_attachment a;
	char error[256];
	uselocale(LC_GLOBAL_LOCALE); /* of this thread, which the C library has not set up itself */
	if (netvm_nf.start && netvm_nf.start((int)BOOT->argc, (char **)BOOT->argv, error, sizeof error) != 0)
		guest_refuse(error, 2);
	const char *fault = netvm_join(&a, (void *)MICROVM_REGION_AT, BOOT->region_bytes, BOOT->slot, BOOT->pid, netvm_nf.name);
	if (fault)
		refuse_region(fault);
	netvm_ready(&a);
	netvm_nf_loop(&a, &netvm_nf, (enum netvm_nf_mode)BOOT->mode);
	if (netvm_nf.stop)
		netvm_nf.stop();
	__atomic_store_n(&a.slot->state, NETVM_NF_GONE, __ATOMIC_RELEASE);
	guest_call(MICROVM_EXIT);
	__builtin_trap();
}
