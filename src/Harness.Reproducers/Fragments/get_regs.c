//include linux/kvm.h stdint.h stdio.h sys/ioctl.h
//needs begin_step core_reg
struct named_reg {
	const char *name;
	__u64 id;
};

static int get_regs(int number, int vcpu, const struct named_reg *regs, __u64 *values,
		    int count)
{
	long ret = 0;
	int i, failed;

	for (i = 0; i < count && ret == 0; i++) {
		struct kvm_one_reg reg = { .id = regs[i].id, .addr = (uintptr_t)&values[i] };

		ret = ioctl(vcpu, KVM_GET_ONE_REG, &reg);
	}
	failed = begin_step(number, "get-registers", ret);
	for (i = 0; i < count && !failed; i++)
		printf(" %s=0x%llx", regs[i].name, (unsigned long long)values[i]);
	putchar('\n');
	return failed;
}
