#define _GNU_SOURCE
#include "options.h"

#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../abi/region.h"
#include "../base/number.h"
#include "../nflib/launch.h"

#define TAP_NAME_MAX 15u

static void usage(FILE *out)
{
	fputs("usage: netvm-vm --nf NAME --kernel FILE --initrd FILE --accel kvm|tcg --serial FILE --region FILE --slot N [options] [-- NF options]\n"
	      "  runs an NF in a virtual machine, where it joins the NetVM region FILE as the NF in slot N\n"
	      "  --nf NAME        an NF of the guest image, or the absolute path of a program built for guests\n"
	      "  --kernel, --initrd FILE\n"
	      "                   as ./netvm guest build has made them\n"
	      "  --serial FILE    takes the guest's console, 1 MiB of it at most\n"
	      "  --core N         the one core that all of it runs on (default: any)\n"
	      "  --boot-core N    where QEMU runs until the NF is ready (default: the same): a guest comes up slowly beside a busy data plane\n"
	      "  --mode MODE      poll, adaptive or shared (default poll)\n"
	      "  --memory-mb N    of the guest, 64 to 65536 (default 256)\n"
	      "  --ready-s N      how long the guest may take until its NF is ready (default 60)\n"
	      "  --hung-s N       how long it may give no sign of life after that (default 10)\n"
	      "  --qemu FILE      default qemu-system-x86_64\n"
	      "or, in place of --region and --slot: --vhost SOCKET|--tap NAME --index N --telemetry FILE\n"
	      "  the NF (the path of nf-<name>-guest-virtio, which has DPDK, or nf-<name>-guest-packet) is behind a network device, as number N of its chain\n"
	      "  --vhost SOCKET   joins the switch that listens there\n"
	      "  --tap NAME       makes this tap device, which goes with the guest\n"
	      "  --telemetry FILE is made, for its counters\n"
	      "or:    netvm-vm --probe --kernel FILE --initrd FILE [--qemu FILE]\n"
	      "  says in a line of JSON whether a guest really runs on KVM here\n",
	      out);
}

static _Noreturn void refuse(const char *option, const char *text, const char *expected)
{
	fprintf(stderr, "netvm-vm: --%s %s: expected %s\n", option, text, expected);
	exit(2);
}

static const char *one_of(const char *option, const char *text, const char *const *names, const char *expected)
{
	for (; *names; names++) {
		if (strcmp(text, *names) == 0)
			return text;
	}
	refuse(option, text, expected);
}

static const char *absolute(const char *option, const char *text)
{
	if (text[0] != '/')
		refuse(option, text, "an absolute path");
	return text;
}

static const char *nf(const char *text)
{
	if (text[0] == '/')
		return text;
	if (text[0] == 0 || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(text))
		refuse("nf", text, "the name of an NF, or an absolute path");
	return text;
}

static int number(const char *option, const char *text, int low, int high)
{
	int value;
	if (read_number(text, low, high, &value) != 0) {
		fprintf(stderr, "netvm-vm: that was --%s\n", option);
		exit(2);
	}
	return value;
}

/* What must be there and is not. */
static const char *missing(const struct vm_options *o)
{
	if (!o->kernel || !o->initrd)
		return o->kernel ? "--initrd" : "--kernel";
	if (o->probe)
		return NULL;
	if (!o->nf || !o->accel || !o->serial)
		return !o->nf ? "--nf" : o->accel ? "--serial" : "--accel";
	if (!o->vhost && !o->tap)
		return !o->region ? "--region" : o->slot < 0 ? "--slot" : NULL;
	return !o->telemetry ? "--telemetry" : o->index < 0 ? "--index" : NULL;
}

/* What may not be there at once. */
static const char *too_many(const struct vm_options *o)
{
	if (o->vhost && o->tap)
		return "--vhost and --tap";
	if (o->region && (o->vhost || o->tap))
		return o->vhost ? "--region and --vhost" : "--region and --tap";
	return NULL;
}

static const char *tap(const char *text)
{
	size_t n = strlen(text);
	if (n == 0 || n > TAP_NAME_MAX || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
		refuse("tap", text, "1 to 15 of a-z, 0-9 and -");
	return text;
}

struct vm_options vm_options_read(int argc, char **argv)
{
	static const char *const accels[] = {"kvm", "tcg", NULL};
	static const struct option known[] = {
		{"nf", required_argument, 0, 'n'},	{"kernel", required_argument, 0, 'k'},	{"initrd", required_argument, 0, 'i'},
		{"accel", required_argument, 0, 'a'},	{"serial", required_argument, 0, 'l'},	{"region", required_argument, 0, 'r'},
		{"slot", required_argument, 0, 's'},	{"core", required_argument, 0, 'c'},	{"mode", required_argument, 0, 'm'},
		{"memory-mb", required_argument, 0, 'M'}, {"ready-s", required_argument, 0, 'R'}, {"hung-s", required_argument, 0, 'H'},
		{"boot-core", required_argument, 0, 'b'}, {"qemu", required_argument, 0, 'q'},	{"probe", no_argument, 0, 'p'},		{"help", no_argument, 0, 'h'},
		{"vhost", required_argument, 0, 'v'},	{"tap", required_argument, 0, 't'},	{"index", required_argument, 0, 'x'},
		{"telemetry", required_argument, 0, 'T'},
		{0},
	};
	struct vm_options o = {.core = -1, .boot_core = -1, .slot = -1, .index = -1, .mode = "poll", .qemu = "qemu-system-x86_64", .memory_mb = 256, .ready_s = 60, .hung_s = 10};
	int opt;
	while ((opt = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		switch (opt) {
		case 'n': o.nf = nf(optarg); break;
		case 'k': o.kernel = absolute("kernel", optarg); break;
		case 'i': o.initrd = absolute("initrd", optarg); break;
		case 'a': o.accel = one_of("accel", optarg, accels, "kvm or tcg"); break;
		case 'l': o.serial = absolute("serial", optarg); break;
		case 'r': o.region = absolute("region", optarg); break;
		case 's': o.slot = number("slot", optarg, 0, NETVM_MAX_NFS - 1); break;
		case 'c': o.core = number("core", optarg, 0, CPU_SETSIZE - 1); break;
		case 'b': o.boot_core = number("boot-core", optarg, 0, CPU_SETSIZE - 1); break;
		case 'm':
			launch_mode("netvm-vm", optarg);
			o.mode = optarg;
			break;
		case 'M': o.memory_mb = number("memory-mb", optarg, 64, 65536); break;
		case 'R': o.ready_s = number("ready-s", optarg, 1, 3600); break;
		case 'H': o.hung_s = number("hung-s", optarg, 1, 3600); break;
		case 'v': o.vhost = absolute("vhost", optarg); break;
		case 't': o.tap = tap(optarg); break;
		case 'x': o.index = number("index", optarg, 0, NETVM_MAX_NFS - 1); break;
		case 'T': o.telemetry = absolute("telemetry", optarg); break;
		case 'q': o.qemu = optarg; break;
		case 'p': o.probe = 1; break;
		case 'h': usage(stdout); exit(0);
		default: usage(stderr); exit(2);
		}
	}
	const char *lacks = missing(&o);
	if (lacks) {
		fprintf(stderr, "netvm-vm: %s is missing; --help says what it takes\n", lacks);
		exit(2);
	}
	const char *both = too_many(&o);
	if (both) {
		fprintf(stderr, "netvm-vm: %s exclude each other; --help says what it takes\n", both);
		exit(2);
	}
	o.nf_argv = argv + optind;
	o.nf_argc = argc - optind;
	return o;
}
