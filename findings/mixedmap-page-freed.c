/*
 * A page is freed while it is mapped in stage 2, and taken for the pipe of another process: the guest reads what that process sends. The memory
 * behind the slot is a VM_MIXEDMAP mapping that a driver made by a special PMD over pages with counts of their own.
 *
 * aarch64-linux-gnu-gcc -O2 -Wall -Wextra -static mixedmap-page-freed.c -o mixedmap-page-freed
 * Needs arm64 with pages of 4 KiB, root, /dev/kvm, and the module stage2_exporter.ko of this harness (guest-images/exporter): no driver
 * of the kernel is known to make such a mapping. It damages the host's memory: run it where nothing else runs. Exits with 0 if the
 * page stays, 1 if the guest reads something else in it, 2 if the host can't show it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stage2_exporter.h"

enum { PAGE = 4096, BLOCK = 2 << 20, OFFSET = 16 * PAGE, PIPE_PAGES = 64 };

#define CODE_ADDRESS 0x10000ULL
#define SLOT_ADDRESS 0x40000000ULL
#define REPORT_ADDRESS 0x9000000ULL /* no slot: a store there ends KVM_RUN */

static void stop(const char *what)
{
	printf("can't be shown here: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Between the two processes, without a system call that would take a page. */
struct talk {
	volatile int ready, go, finished;
};

/* The other process: it sends itself a secret through a pipe, each page of which has a frame of the kernel's. */
static void other_process(struct talk *talk)
{
	static char page[PAGE];
	int ends[2];

	if (pipe(ends) || fcntl(ends[1], F_SETPIPE_SZ, PIPE_PAGES * PAGE) < 0)
		stop("pipe");
	talk->ready = 1;
	while (!talk->go)
		sched_yield();
	for (int i = 0; i < PIPE_PAGES; i++) {
		snprintf(page, sizeof(page), "secret %d in a pipe of process %d", i, getpid());
		if (write(ends[1], page, PAGE) != PAGE)
			break;
	}
	talk->ready = 2;
	while (!talk->finished)
		sched_yield();
	_exit(0);
}

static void set_register(int vcpu, unsigned offset, uint64_t value)
{
	struct kvm_one_reg reg = { .id = 0x6030000000100000ULL | offset, .addr = (uintptr_t)&value };

	if (ioctl(vcpu, KVM_SET_ONE_REG, &reg) < 0)
		stop("KVM_SET_ONE_REG");
}

static void run_once(int vcpu, struct kvm_run *run, char *word)
{
	if (ioctl(vcpu, KVM_RUN, 0) < 0 || run->exit_reason != KVM_EXIT_MMIO)
		stop("KVM_RUN");
	memcpy(word, run->mmio.data, 8);
}

int main(void)
{
	static const uint32_t code[] = {
		0xf9400020, /* ldr x0, [x1] */
		0xf9000040, /* str x0, [x2] */
		0x91002021, /* add x1, x1, #8 */
		0x17fffffd, /* b   the first */
	};
	int exporter, kvm, vm, vcpu;
	cpu_set_t one;

	setbuf(stdout, NULL);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one); /* a freed page goes to its processor's list, and is the next to be taken */
	struct talk *talk = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t other = fork();
	if (other == 0)
		other_process(talk);
	while (!talk->ready)
		sched_yield();

	/* 2 MiB of the kernel's pages, by one special PMD in a VM_MIXEDMAP mapping. */
	struct stage2_export export = {
		.struct_size = sizeof(export), .memory = STAGE2_MEMORY_KNOWN, .type = STAGE2_TYPE_WB,
		.vma = STAGE2_VMA_MIXEDMAP, .flags = STAGE2_INSERT_HUGE, .length = BLOCK,
	};
	if ((exporter = open(STAGE2_EXPORTER_DEVICE, O_RDWR)) < 0 || ioctl(exporter, STAGE2_EXPORT, &export))
		stop(STAGE2_EXPORTER_DEVICE);
	char *reserved = mmap(NULL, 2 * BLOCK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *memory = (char *)(((uintptr_t)reserved + BLOCK - 1) & ~(uintptr_t)(BLOCK - 1));
	if (mmap(memory, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, exporter, 0) == MAP_FAILED)
		stop("mmap of the exporter");
	madvise(memory, BLOCK, MADV_HUGEPAGE);
	strcpy(memory + OFFSET, "the driver's page");

	/* A VM with a slot over some of it. */
	uint32_t *text = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memcpy(text, code, sizeof(code));
	struct kvm_userspace_memory_region slots[] = {
		{ .slot = 0, .guest_phys_addr = CODE_ADDRESS, .memory_size = PAGE, .userspace_addr = (uintptr_t)text },
		{ .slot = 1, .guest_phys_addr = SLOT_ADDRESS, .memory_size = OFFSET, .userspace_addr = (uintptr_t)memory + OFFSET },
	};
	struct kvm_vcpu_init init;
	if ((kvm = open("/dev/kvm", O_RDWR)) < 0 || (vm = ioctl(kvm, KVM_CREATE_VM, 0)) < 0 ||
	    (vcpu = ioctl(vm, KVM_CREATE_VCPU, 0)) < 0 || ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) < 0 ||
	    ioctl(vcpu, KVM_ARM_VCPU_INIT, &init) < 0)
		stop("a vCPU");
	for (int i = 0; i < 2; i++)
		if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slots[i]) < 0)
			stop("KVM_SET_USER_MEMORY_REGION");
	struct kvm_run *run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	set_register(vcpu, 2 * 1, SLOT_ADDRESS); /* x1 */
	set_register(vcpu, 2 * 2, REPORT_ADDRESS); /* x2 */
	set_register(vcpu, 0x40, CODE_ADDRESS); /* pc */

	char seen[64 + 1] = { 0 };
	run_once(vcpu, run, seen); /* the page is mapped now, and its count is one too low */
	struct stage2_read leaf = { .vm_fd = vm, .ipa = SLOT_ADDRESS };
	if (ioctl(exporter, STAGE2_READ, &leaf) || !leaf.valid)
		stop("STAGE2_READ");
	talk->go = 1;
	while (talk->ready < 2)
		sched_yield();
	set_register(vcpu, 2 * 1, SLOT_ADDRESS - 8); /* the pending store ends, and 8 is added */
	for (int i = 0; i < 8; i++)
		run_once(vcpu, run, seen + 8 * i);
	printf("stage 2 maps frame %#llx, the driver's\n", (unsigned long long)(leaf.descriptor >> 12 & ((1ULL << 36) - 1)));
	printf("the guest reads: \"%s\"\n", seen);
	int changed = strcmp(seen, "the driver's page") != 0;
	printf(changed ? "the page was freed while the guest has it\n" : "the page stays the driver's\n");
	talk->finished = 1;
	waitpid(other, NULL, 0);
	return changed;
}
