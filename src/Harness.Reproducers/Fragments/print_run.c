//include linux/kvm.h stdio.h string.h
//needs begin_step exit_name memory_fault
static int guest_excepted;

/* The step that runs the guest. */
static const char *run_op = "run";

/* What a KVM_RUN returned, and what it left in kvm_run. Returns whether it failed. */
static int print_run(int number, struct kvm_run *run, int ret, int timeout)
{
	int failed;

	failed = begin_step(number, run_op, ret);
	printf(" exit=%u(%s)", run->exit_reason, exit_name(run->exit_reason));
	switch (run->exit_reason) {
	case KVM_EXIT_MMIO: {
		__u64 data = 0;

		/* A load from an address without a memslot returns zero. */
		if (!run->mmio.is_write)
			memset(run->mmio.data, 0, sizeof(run->mmio.data));
		memcpy(&data, run->mmio.data, run->mmio.len <= 8 ? run->mmio.len : 8);
		printf(" address=0x%llx length=%u write=%u data=0x%llx",
		       (unsigned long long)run->mmio.phys_addr, run->mmio.len,
		       run->mmio.is_write, (unsigned long long)data);
		break;
	}
	case KVM_EXIT_MEMORY_FAULT: {
		/* kvm_run.memory_fault, which older headers don't have */
		struct { __u64 flags, gpa, size; } fault;

		memcpy(&fault, run->padding, sizeof(fault));
		printf(" flags=0x%llx address=0x%llx size=0x%llx", (unsigned long long)fault.flags,
		       (unsigned long long)fault.gpa, (unsigned long long)fault.size);
		break;
	}
	case KVM_EXIT_FAIL_ENTRY:
		printf(" reason=0x%llx",
		       (unsigned long long)run->fail_entry.hardware_entry_failure_reason);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		printf(" subError=%u", run->internal.suberror);
		break;
	case KVM_EXIT_SYSTEM_EVENT:
		printf(" type=%u", run->system_event.type);
		break;
	case KVM_EXIT_ARM_NISV:
		printf(" syndrome=0x%llx address=0x%llx",
		       (unsigned long long)run->arm_nisv.esr_iss,
		       (unsigned long long)run->arm_nisv.fault_ipa);
		break;
	}
	printf("%s\n", timeout ? " timeout=1" : "");

	guest_excepted = 0;
	if (timeout)
		puts("    the guest made no progress");
	else if (!failed && run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write &&
		 run->mmio.phys_addr == REPORT_GPA) {
		guest_excepted = run->mmio.data[1] == GUEST_EXCEPTED >> 8;
		printf("    the guest reports: access %u %s\n", run->mmio.data[0],
		       guest_excepted ? "took an exception" : "went through");
	} else if (!failed && run->exit_reason == KVM_EXIT_MMIO) {
		puts("    KVM has userspace emulate the access");
	}
	return failed;
}
