//kind define
//include linux/kvm.h
#ifndef KVM_EXIT_MEMORY_FAULT	/* Linux 6.8 */
#define KVM_EXIT_MEMORY_FAULT	39
#endif
