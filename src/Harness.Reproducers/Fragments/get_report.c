//include linux/kvm.h stdio.h
//needs get_regs run_vcpu
/* The registers in which the guest's handler reports an exception. */
static const struct named_reg report_regs[] = {
@REGISTERS@
};

#define REPORT_REGS (int)(sizeof(report_regs) / sizeof(report_regs[0]))

static int get_report(int number, int vcpu)
{
	__u64 x[REPORT_REGS] = { 0 };
	int failed = get_regs(number, vcpu, report_regs, x, REPORT_REGS);

	if (!failed && guest_excepted)
		printf("    ESR_EL1 0x%08x: EC 0x%02x, FSC 0x%02x; FAR_EL1 0x%llx; ELR_EL1 0x%llx; vector 0x%03llx\n",
		       (__u32)x[0], (__u32)x[0] >> 26, (__u32)x[0] & 0x3f,
		       (unsigned long long)x[1], (unsigned long long)x[2],
		       (unsigned long long)x[3]);
	return failed;
}
