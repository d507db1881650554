//include errno.h linux/kvm.h stdint.h stdio.h string.h sys/ioctl.h
//needs begin_step core_reg run_vcpu
enum answer { ANSWER_DATA, ANSWER_ABORT, ANSWER_SKIP };

/*
 * If the guest's last run ended in KVM_EXIT_MMIO elsewhere than at its report, or
 * in KVM_EXIT_ARM_NISV: answers, and runs it again. Returns whether that failed.
 */
static int answer_vcpu(int number, int vcpu, struct kvm_run *run, int milliseconds,
		       enum answer by, __u64 data)
{
	struct kvm_vcpu_events events = { .exception.ext_dabt_pending = 1 };
	__u64 pc;
	struct kvm_one_reg reg = { .id = CORE_REG(regs.pc), .addr = (uintptr_t)&pc };
	int mmio = run->exit_reason == KVM_EXIT_MMIO && run->mmio.phys_addr != REPORT_GPA;
	int ret = 0, failed;

	if (!mmio && run->exit_reason != KVM_EXIT_ARM_NISV) {
		failed = begin_step(number, "answer", 0);
		puts(" nothing to answer");
		return failed;
	}
	if (by == ANSWER_ABORT) {
		ret = ioctl(vcpu, KVM_SET_VCPU_EVENTS, &events);
	} else if (by == ANSWER_SKIP) {
		ret = ioctl(vcpu, KVM_GET_ONE_REG, &reg);
		pc += 4;
		if (ret == 0)
			ret = ioctl(vcpu, KVM_SET_ONE_REG, &reg);
	} else if (mmio && !run->mmio.is_write) {
		memcpy(run->mmio.data, &data, sizeof(data));
	}
	if (ret < 0) {
		failed = begin_step(number, "answer", ret);
		puts("");
		return failed;
	}
	run_op = "answer";
	failed = run_vcpu(number, vcpu, run, milliseconds);
	run_op = "run";
	return failed;
}
