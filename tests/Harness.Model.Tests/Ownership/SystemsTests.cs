using Harness.Model.Ownership;
using Harness.Model.Ownership.Machines;

namespace Harness.Model.Tests.Ownership;

/// <summary>Each system's key transitions, written by hand from the mails, the specification and the kernel.</summary>
public class SystemsTests
{
    /// <summary>
    /// The result of the last of these operations, on the system's first host, with its first scenario in which all of
    /// them are possible.
    /// </summary>
    private static Step Last(string system, string operations, Scenario? setting = null) =>
        Follow(system, operations, setting)[^1];

    private static IReadOnlyList<Step> Follow(string name, string operations, Scenario? setting = null)
    {
        var system = Systems.Find(name)!;
        var list = new OperationList([.. operations.Split(' ').Select(a => OperationText.Find(a)!.Value)]);
        var steps = system.Machine.Follow(system.Hosts[0], setting ?? system.Walks[^1].Scenario, list);
        Assert.That(steps, Has.Count.EqualTo(list.Count), $"{name}: after {steps.Count} of {operations}");
        return steps;
    }

    private static Scenario Of(string system, Predicate<Scenario> which) =>
        Systems.Find(system)!.Walks.Select(w => w.Scenario).First(s => which(s));

    private static Scenario Protected =>
        Of("pkvm-7.1", s => s is { Vm: VmKind.Protected, Backing.Kind: VmaKind.Anonymous });

    private static Scenario Secret => Of("mainline-7.1", s => s.Backing.Kind == VmaKind.Secret);

    [TestCase("tdx-6.8")]
    [TestCase("sev-6.8")]
    public void With_the_attribute_a_guest_gets_the_page_that_both_it_and_userspace_call_private(string system)
    {
        Assert.That(
            Last(system, "create bind guest-store-private").Outcome,
            Is.EqualTo(OperationOutcome.AsksFor(true))
        );
        Assert.That(
            Last(system, "create bind guest-store-private set-private guest-store-private guest-load-private").Outcome,
            Is.EqualTo(OperationOutcome.Sees(Contents.Guest))
        );
        Assert.That(
            Last(system, "create bind set-private guest-load-shared").Outcome,
            Is.EqualTo(OperationOutcome.AsksFor(false))
        );
        Assert.That(
            Last(system, "create bind guest-store-shared load").Outcome,
            Is.EqualTo(OperationOutcome.Sees(Contents.Shared))
        );
        Assert.That(
            Last(system, "create bind set-private guest-store-private load").Outcome,
            Is.EqualTo(OperationOutcome.Sees(Contents.Zero))
        );
        Assert.That(Last(system, "create bind bind-over").Outcome, Is.EqualTo(OperationOutcome.Refused(Errno.EEXIST)));
        Assert.That(Last(system, "create map-shared").Outcome, Is.EqualTo(OperationOutcome.Refused(Errno.ENODEV)));
        Assert.That(
            Last(system, "create bind set-private guest-store-private punch guest-load-private").Outcome,
            Is.EqualTo(OperationOutcome.Sees(Contents.Zero))
        );
    }

    [TestCase("tdx-6.8", Contents.Zero)]
    [TestCase("sev-6.8", Contents.Guest)]
    public void A_page_that_was_shared_in_between_is_another_page_to_TDX_and_the_same_to_the_file(
        string system,
        Contents contents
    ) =>
        Assert.That(
            Last(
                system,
                "create bind set-private guest-store-private set-shared set-private guest-load-private"
            ).Outcome,
            Is.EqualTo(OperationOutcome.Sees(contents))
        );

    [Test]
    public void Before_the_attribute_the_private_file_says_what_an_address_is()
    {
        Assert.That(Last("sev-v5", "create bind bind-over").Outcome, Is.EqualTo(OperationOutcome.Done));
        Assert.That(
            Last("sev-v5", "create bind bind-over guest-load-shared").Outcome,
            Is.EqualTo(OperationOutcome.Sees(Contents.Zero))
        );
        Assert.That(
            Last("sev-v5", "create bind bind-over allocate guest-load-shared").Outcome,
            Is.EqualTo(OperationOutcome.AsksFor(false))
        );
        Assert.That(
            Last("sev-v5", "create bind bind-over allocate punch guest-load-shared").Outcome,
            Is.EqualTo(OperationOutcome.Sees(Contents.Zero))
        );
        Assert.That(
            Last("sev-v5", "create bind guest-load-private").Outcome,
            Is.EqualTo(OperationOutcome.AsksFor(true))
        );
        Assert.That(
            Last("tdx-v5", "create bind bind-over allocate guest-load-shared").Outcome,
            Is.EqualTo(OperationOutcome.Sees(Contents.Zero))
        );
        Assert.That(Last("tdx-v5", "create bind guest-load-shared").Outcome, Is.EqualTo(OperationOutcome.MmioExit));
    }

    [TestCase("tdx-v5", 1)]
    [TestCase("sev-v5", 2)]
    [TestCase("tdx-6.8", 1)]
    [TestCase("sev-6.8", 1)]
    public void Two_slots_compete_for_an_address_without_a_distinguishing_bit(string name, int slots)
    {
        var system = Systems.Find(name)!;
        var page = Follow(name, "create bind bind-over")[^1].After;
        var moment = new TransitionContext(system.Hosts[0], system.Walks[0].Scenario, Operation.GuestLoadPrivate, page);

        Assert.That(system.Resolve(in moment).Slots, Has.Count.EqualTo(slots));
    }

    [TestCase("tdx-6.8", Operation.GuestLoadPrivate, ObservableAs.AddressBit, true)]
    [TestCase("sev-6.8", Operation.GuestLoadShared, ObservableAs.TableBit, false)]
    [TestCase("cca-1.0", Operation.GuestLoadPrivate, ObservableAs.AddressBit, true)]
    [TestCase("gunyah-v17", Operation.GuestLoad, ObservableAs.HypervisorState, null)]
    public void Access_kinds_have_their_properties(string name, Operation operation, ObservableAs by, bool? @private)
    {
        var system = Systems.Find(name)!;
        var moment = new TransitionContext(
            system.Hosts[0],
            system.Walks[0].Scenario,
            operation,
            Follow(name, "create bind")[^1].After
        );
        var way = system.Resolve(in moment);

        Assert.That((way.By, way.Private), Is.EqualTo((by, @private)));
        Assert.That(way.Lines, Has.Count.EqualTo(4).And.All.Contains(": "));
    }

    [TestCase("", null)]
    [TestCase(" guest-load", true)]
    [TestCase(" guest-share", false)]
    [TestCase(" guest-load guest-share guest-unshare", true)]
    public void A_protected_page_is_private_by_nothing_but_what_the_hypervisor_knows_of_it(
        string operations,
        bool? @private
    )
    {
        var moment = new TransitionContext(
            Systems.Find("pkvm-7.1")!.Hosts[0],
            Protected,
            Operation.GuestLoad,
            Last("pkvm-7.1", "create bind" + operations, Protected).After
        );
        var way = Resolvers.Arm64(in moment);

        Assert.That((way.By, way.Private), Is.EqualTo((ObservableAs.HypervisorState, @private)));
        Assert.That(way.Lines[2], Is.EqualTo("memslot: the memslot at that address"));
    }

    [Test]
    public void A_realm_takes_its_granules_from_the_host_and_gives_them_back_wiped()
    {
        Assert.That(
            Last("cca-1.0", "create bind guest-load-private").Outcome,
            Is.EqualTo(OperationOutcome.GuestAborts),
            "RIPAS is EMPTY"
        );
        Assert.That(
            Last("cca-1.0", "create bind guest-unshare guest-load-private").Outcome,
            Is.EqualTo(OperationOutcome.AsksFor(true)),
            "UNASSIGNED"
        );
        Assert.That(
            Last("cca-1.0", "create bind donate").Outcome,
            Is.EqualTo(OperationOutcome.HypercallFails(1)),
            "not delegated"
        );
        Assert.That(
            Last("cca-1.0", "create bind delegate delegate").Outcome,
            Is.EqualTo(OperationOutcome.HypercallFails(1))
        );
        Assert.That(
            Last("cca-1.0", "create bind delegate donate undelegate").Outcome,
            Is.EqualTo(OperationOutcome.HypercallFails(1)),
            "DATA"
        );
        Assert.That(
            Last("cca-1.0", "create bind delegate reclaim").Outcome,
            Is.EqualTo(OperationOutcome.HypercallFails(4)),
            "UNASSIGNED"
        );

        var stored = Follow(
            "cca-1.0",
            "create bind guest-unshare delegate donate guest-store-private guest-load-private reclaim guest-load-private undelegate"
        );
        Assert.That(stored[6].Outcome, Is.EqualTo(OperationOutcome.Sees(Contents.Guest)));
        Assert.That(
            (stored[7].After.Ripas, stored[7].After.Holds, stored[7].After.HostHas),
            Is.EqualTo((RealmIpaState.Destroyed, Contents.Zero, false))
        );
        Assert.That(
            stored[8].Outcome,
            Is.EqualTo(OperationOutcome.AsksFor(true)),
            "DESTROYED: the realm gets no further"
        );
        Assert.That(stored[9].After.HostHas, Is.True);
    }

    [TestCase("gunyah-v17", OperationResult.HostDies, OperationResult.HostDies, false)]
    [TestCase("gunyah-fixup", OperationResult.Done, OperationResult.HostDies, false)]
    [TestCase("gunyah-driver", OperationResult.Done, OperationResult.HostDies, true)]
    [TestCase("gunyah-library", OperationResult.Done, OperationResult.Refused, true)]
    public void Kernel_access_to_a_donated_page_has_the_predicted_effect_on_the_host(
        string system,
        OperationResult stray,
        OperationResult hibernation,
        bool hole
    )
    {
        Assert.That(Last(system, "create bind donate stray").Outcome.End, Is.EqualTo(stray));
        Assert.That(Last(system, "create bind donate hibernate").Outcome.End, Is.EqualTo(hibernation));
        Assert.That(Last(system, "create bind donate").After.NoDirectMap, Is.EqualTo(hole));
        Assert.That(Last(system, "create bind donate reclaim stray").Outcome, Is.EqualTo(OperationOutcome.Done));
        Assert.That(Last(system, "create bind donate reclaim").After.NoDirectMap, Is.False);
        Assert.That(Last(system, "create bind donate destroy").After is { HostHas: true, NoDirectMap: false }, Is.True);
        Assert.That(Last(system, "create map-shared").Outcome, Is.EqualTo(OperationOutcome.Refused(Errno.ENODEV)));
    }

    [Test]
    public void Secret_memory_leaves_a_hole_that_a_stray_load_survives_and_an_image_is_refused_for()
    {
        Assert.That(Last("secretmem", "create stray", Secret).By.Name, Is.EqualTo("stray-into-secret"));
        Assert.That(Last("secretmem", "create stray", Secret).Outcome, Is.EqualTo(OperationOutcome.Done));
        Assert.That(
            Last("secretmem", "create hibernate", Secret).Outcome,
            Is.EqualTo(OperationOutcome.Refused(Errno.EPERM))
        );
    }

    [TestCase("pkvm-6.12", OperationResult.HostDies)]
    [TestCase("pkvm-6.14", OperationResult.HostDies)]
    [TestCase("pkvm-6.18", OperationResult.HostDies)]
    [TestCase("pkvm-7.1", OperationResult.Done)]
    [TestCase("pkvm-7.2", OperationResult.Done)]
    public void To_7_0_a_load_that_strays_into_what_the_hypervisor_took_ends_the_host(
        string system,
        OperationResult end
    ) => Assert.That(Last(system, "create hyp-donate stray").Outcome.End, Is.EqualTo(end));

    [Test]
    public void The_kernel_lends_and_gives_the_hypervisor_only_what_is_its_own_and_gets_it_back()
    {
        Assert.That(
            Follow("pkvm-7.1", "create hyp-share hyp-unshare hyp-donate hyp-return").Select(s => s.Outcome),
            Has.All.EqualTo(OperationOutcome.Done)
        );
        Assert.That(
            Last("pkvm-7.1", "create hyp-share stray").Outcome,
            Is.EqualTo(OperationOutcome.Done),
            "what is lent the host keeps"
        );
        foreach (
            string operations in new[]
            {
                "hyp-share hyp-share",
                "hyp-share hyp-donate",
                "hyp-donate hyp-share",
                "hyp-unshare",
                "hyp-return",
                "hyp-share hyp-return",
                "hyp-donate hyp-unshare",
            }
        )
            Assert.That(
                Last("pkvm-7.1", "create " + operations).Outcome,
                Is.EqualTo(OperationOutcome.Refused(Errno.EPERM)),
                operations
            );
        Assert.That(
            Last("pkvm-6.1", "create hyp-donate").Outcome,
            Is.EqualTo(OperationOutcome.Refused(Errno.EPERM)),
            "there is no VM at EL2 to be made of it"
        );
        Assert.That(Last("pkvm-7.1", "create hyp-donate hyp-return").After.HostHas, Is.True);
    }

    [Test]
    public void A_stray_load_into_a_protected_guests_page_takes_nothing_from_it() =>
        Assert.That(
            Follow("pkvm-7.1", "create bind guest-store stray guest-load", Protected)[^1].Outcome,
            Is.EqualTo(OperationOutcome.Sees(Contents.Guest))
        );

    [Test]
    public void Every_hypervisor_transition_is_in_the_newest_machine_or_has_a_reason_why_no_process_causes_it()
    {
        var newest = Hypervisor.All[^1];

        Assert.That(Hypervisor.Calls.Select(c => c.Transition), Is.All.Matches<string>(newest.Has));
        Assert.That(
            Hypervisor.Calls.Where(c => newest.Transition(c.Transition).NotByUserspace is not null).Select(c => c.Name),
            Is.EqualTo(new[] { "host_share_hyp", "host_unshare_hyp", "host_donate_hyp", "hyp_donate_host" })
        );
    }

    [Test]
    public void Operations_that_a_probe_can_not_aim_at_a_page_are_in_no_judging_machine()
    {
        foreach (var machine in Arm64.All)
            Assert.That(machine.Transitions.Where(t => t.NotByUserspace is not null), Is.Empty, machine.Name);
    }

    [Test]
    public void Names_are_unique_and_every_transition_names_its_function_its_mail_or_its_section()
    {
        Assert.That(Systems.All.Select(s => s.Name), Is.Unique);
        foreach (var system in Systems.All)
        {
            Assert.That(system.Machine.Transitions.Select(t => t.Name), Is.Unique, system.Name);
            foreach (var transition in system.Machine.Transitions)
            {
                bool kernel = transition.Source.Since is not null;
                Assert.That(
                    transition.Source.Function,
                    Does.Match(kernel ? "^[a-z_0-9]+$" : @"^[A-Z][a-z]+, \d{4}-\d\d-\d\d|^Arm DEN0137 1\.0$"),
                    transition.Name
                );
                Assert.That(
                    kernel || system.ModelOnly,
                    Is.True,
                    $"{system.Name} {transition.Name}: a kernel's machine is read in a kernel"
                );
            }
        }
    }

    [Test]
    public void New_operations_leave_the_words_of_the_old_ones_alone() =>
        Assert.That(
            string.Join(' ', Enum.GetValues<Operation>().Skip((int)Operation.SetPrivate).Select(OperationText.Word)),
            Is.EqualTo(
                "set-private set-shared guest-load-private guest-load-shared donate reclaim stray guest-store-private guest-store-shared "
                    + "hibernate hyp-share hyp-unshare hyp-donate hyp-return delegate undelegate guest-ldp"
            )
        );
}
