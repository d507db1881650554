/*
 * Which values of ID_AA64DFR0_EL1.PMUVer KVM accepts for a vCPU, with the host's own value beside them. A value above the
 * host's has to be refused; kernels that compare it as a signed field accept every value with the top bit set.
 *
 * aarch64-linux-gnu-gcc -O2 -Wall -Wextra -static pmuver-signed.c -o pmuver-signed
 * Needs arm64, /dev/kvm and KVM_CAP_ARM_PMU_V3. Exits with 0 if every higher value is refused, 1 if one is accepted, 2 if the
 * host can't show it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ID_AA64DFR0_EL1 0x603000000013c028ULL /* op0 3, op1 0, CRn 0, CRm 5, op2 0 */
#define PMUVER_SHIFT 8
#define PMU_V3 3 /* KVM_ARM_VCPU_PMU_V3 */

static int vcpu_of_new_vm(int kvm, int vms[2])
{
	struct kvm_vcpu_init init;
	int vm = ioctl(kvm, KVM_CREATE_VM, 0), vcpu;

	if (vm < 0 || (vcpu = ioctl(vm, KVM_CREATE_VCPU, 0)) < 0 || ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) < 0)
		return -1;
	init.features[0] |= 1u << PMU_V3;
	vms[0] = vm;
	vms[1] = vcpu;
	return ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);
}

static int one_reg(int vcpu, unsigned long request, uint64_t *value)
{
	struct kvm_one_reg reg = { .id = ID_AA64DFR0_EL1, .addr = (uintptr_t)value };

	return ioctl(vcpu, request, &reg);
}

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR), vms[2], found = 0;
	uint64_t own;

	if (kvm < 0 || ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_PMU_V3) <= 0 || vcpu_of_new_vm(kvm, vms) < 0 ||
	    one_reg(vms[1], KVM_GET_ONE_REG, &own) < 0) {
		printf("no vCPU with a PMU here: %s\n", strerror(errno));
		return 2;
	}
	unsigned limit = own >> PMUVER_SHIFT & 15;
	printf("the vCPU's own PMUVer: %u\n", limit);
	for (unsigned version = 0; version < 15; version++) { /* 15 is an implementation's own PMU, which counts as none */
		uint64_t value = (own & ~(15ULL << PMUVER_SHIFT)) | (uint64_t)version << PMUVER_SHIFT, read = 0;
		int refused, error;

		close(vms[1]);
		close(vms[0]);
		if (vcpu_of_new_vm(kvm, vms) < 0)
			return 2;
		refused = one_reg(vms[1], KVM_SET_ONE_REG, &value);
		error = refused ? errno : 0;
		one_reg(vms[1], KVM_GET_ONE_REG, &read);
		printf("set PMUVer=%2u: %s, reads %2u%s\n", version, refused ? strerror(error) : "accepted",
		       (unsigned)(read >> PMUVER_SHIFT & 15), !refused && version > limit ? "  <- above the host's" : "");
		found |= !refused && version > limit;
	}
	printf(found ? "a PMU that the host doesn't have is accepted\n" : "every higher value is refused\n");
	return found;
}
