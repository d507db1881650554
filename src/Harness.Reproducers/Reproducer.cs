using System.Text;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;
using Harness.Protocol;

namespace Harness.Reproducers;

/// <summary>A case as one C file that needs only libc and the kernel's headers.</summary>
public static class Reproducer
{
    /// <summary>"repro-f247a6ff73a2.c".</summary>
    public static string FileName(Case c) => $"repro-{c.Id}.c";

    /// <summary>
    /// The whole file. It is plain C for arm64 without warnings, prints "step N op=OP ret=R errno=E(NAME) ..." for
    /// each step, then the expectation, and exits with 0 if every step of the set-up worked.
    /// </summary>
    /// <exception cref="NotSupportedException">A step that can't be written in C.</exception>
    /// <exception cref="ProtocolException">The program is invalid: a step's argument is missing or wrong.</exception>
    public static string Text(ReproducerSource source)
    {
        ArgumentOutOfRangeException.ThrowIfZero(source.Expected.Count);
        var file = new CFile();
        var steps = new StepWriter(file, source);
        file.Local("int status = EXIT_FAILURE;");
        file.Local("int kvm;");
        file.Code("setvbuf(stdout, NULL, _IOLBF, 0);");
        file.Code(
            "kvm = open(\"/dev/kvm\", O_RDWR | O_CLOEXEC);\nif (kvm < 0) {\n\tperror(\"/dev/kvm\");\n\treturn EXIT_FAILURE;\n}"
        );
        file.Finally("close(kvm);");
        for (int i = 0; i < source.Program.Steps.Count; i++)
            steps.Write(i, source.Program.Steps[i]);
        return file.Text(Header(source), Ending(source, steps.HasEnds));
    }

    private static string Ending(ReproducerSource source, bool hasEnds)
    {
        var text = new StringBuilder();
        if (hasEnds)
            text.Append("answered:\n");
        text.Append("\tstatus = EXIT_SUCCESS;\n");
        foreach (string line in Expected(source))
            text.Append("\tputs(").Append(CText.String(line)).Append(");\n");
        text.Append("out:\n\tif (status != EXIT_SUCCESS)\n\t\tputs(\"the set-up failed: KVM was not called\");\n");
        return text.ToString();
    }

    /// <summary>The text that the program prints at the end.</summary>
    private static IEnumerable<string> Expected(ReproducerSource source)
    {
        yield return $"expected by {source.Expected[0].Prediction.Policy}:";
        foreach (var e in source.Expected)
        {
            if (source.Case is LifecycleCase && e.Prediction.Outside is null)
            {
                yield return $"  {e.Where}:";
                foreach (var (said, _) in Operations(source.Compiled, e.Prediction))
                    yield return $"    {said}";
                continue;
            }
            yield return $"  {e.Where}: {e.Prediction}";
            if (Expectation.OfGuest(source.Case, e.Host, e.Prediction) is { } guest)
                yield return $"    the guest: {guest}";
        }
    }

    private static string Header(ReproducerSource source)
    {
        var c = source.Case;
        string name = FileName(c);
        var text = new Comment();
        text.Line($"KVM/arm64 {Subject(c)}, case {c.Id}:");
        text.Line();
        text.Whole(c.Key, 2);
        text.Line();
        foreach (string sentence in CaseWords.Of(c, source.Sizes))
            text.Line(sentence);
        text.Line();
        text.Line(
            $"Expected by the policy {source.Expected[0].Prediction.Policy}, by the {(c is LifecycleCase ? "transitions" : "rules")} named in brackets:"
        );
        foreach (var e in source.Expected)
        {
            text.Line();
            text.Line($"{e.Where}:", 2);
            Add(text, source, e);
        }
        text.Line();
        text.Line(c is LifecycleCase ? "The transitions:" : "The rules:");
        foreach (var rule in source.Expected.SelectMany(e => e.Prediction.Statements).DistinctBy(r => r.Name))
        {
            text.Line();
            text.Line($"{rule.Name}: {rule.Says}", 2);
            text.Line(rule.Source.ToString(), 6);
        }
        if (source.Harness is { } version)
        {
            text.Line();
            text.Line($"Written by harness {version}.");
        }
        text.Line();
        text.Line("Build, on any Linux with a compiler for arm64:");
        text.Line();
        text.Line("aarch64-linux-gnu-gcc -O2 -Wall -Wextra -Werror -static \\", 2);
        text.Line($"-o {Path.GetFileNameWithoutExtension(name)} {name}", 6);
        text.Line();
        text.Line(
            $"Run ./{Path.GetFileNameWithoutExtension(name)} on the arm64 host{Needs(source)}. It prints a line for each step "
                + "with its result, then the expectation, without a judgement. Exit status: 0 if KVM was called, 1 if the set-up failed."
        );
        if (
            source.Pci is not null
            && (source.Case.Backing.OfVfio || source.Case.Backing.Provider is Provider.Sysfs or Provider.DevMem)
        )
            text.Line(
                "The macros PCI_... name the device with the BAR that is used: it must be a spare one of that host."
            );
        return $"// SPDX-License-Identifier: MIT\n{text}";
    }

    private static void Add(Comment text, ReproducerSource source, Expectation e)
    {
        var (c, p) = (source.Case, e.Prediction);
        if (p.Outside is not null)
        {
            text.Line($"outside the model: {p.Outside}", 4);
            return;
        }
        if (c is LifecycleCase)
        {
            foreach (var (said, by) in Operations(source.Compiled, p))
                text.Line($"{said} [{by}]", 4);
            return;
        }
        if (p.Capability is { } capability)
        {
            text.Line($"{p.Outcome} [{capability.Of.RuleName}]", 4);
            return;
        }
        if (p.SlotCalls.Count > 0)
        {
            for (int i = 0; i < p.SlotCalls.Count; i++)
                text.Line(
                    $"{i + 1} {p.SlotCalls[i].Call}: {OutcomeText.Of(p.SlotCalls[i].Part)} [{p.SlotCalls[i].By.Name}]",
                    4
                );
            return;
        }
        if (p.RingActs.Count > 0)
        {
            for (int i = 0; i < p.RingActs.Count; i++)
                text.Line(
                    $"{i + 1} {p.RingActs[i].Part.Act}: {OutcomeText.Of(p.RingActs[i].Part)} [{string.Join(", ", p.RingActs[i].Path.Select(s => s.Name))}]",
                    4
                );
            return;
        }
        if (p.TagActs.Count > 0)
        {
            for (int i = 0; i < p.TagActs.Count; i++)
                text.Line(
                    $"{i + 1} {p.TagActs[i].Part.Act}: {OutcomeText.Of(p.TagActs[i].Part)} [{string.Join(", ", p.TagActs[i].Path.Select(s => s.Name))}]",
                    4
                );
            return;
        }
        if (p.NestedActs.Count > 0)
        {
            for (int i = 0; i < p.NestedActs.Count; i++)
                text.Line(
                    $"{i + 1} {p.NestedActs[i].Part.Act}: {OutcomeText.Of(p.NestedActs[i].Part)} [{string.Join(", ", p.NestedActs[i].Path.Select(s => s.Name).Distinct())}]",
                    4
                );
            return;
        }
        if (p.AbortActs.Count > 0)
        {
            for (int i = 0; i < p.AbortActs.Count; i++)
                text.Line(
                    $"{i + 1} {p.AbortActs[i].Part.Act}: {OutcomeText.Of(p.AbortActs[i].Part)} [{string.Join(", ", p.AbortActs[i].Path.Select(s => s.Name))}]",
                    4
                );
            return;
        }
        text.Line(
            $"KVM_SET_USER_MEMORY_REGION: {(p.Registration == Errno.None ? "works" : p.Registration)}{Names(p.RegistrationPath)}",
            4
        );
        for (int i = 0; i < p.Accesses.Count; i++)
        {
            var access = p.Accesses[i];
            text.Line($"{CaseText.Word(access.Access)}: {access.Outcome}{Names(access.Path)}", 4);
            if (i == 0 && p.Change is { } change)
                text.Line($"then {change}{Names(change.Path)}", 4);
        }
        for (int i = 0; i < p.Program.Count; i++)
            text.Line($"{i + 1} {p.Program[i].Step}: {OutcomeText.Of(p.Program[i].Part)}{Names(p.Program[i].Path)}", 4);
        for (int i = 0; i < p.CacheActs.Count; i++)
            text.Line(
                $"{i + 1} {p.CacheActs[i].Part.Act}: {OutcomeText.Of(p.CacheActs[i].Part)}{Names(p.CacheActs[i].Rules)}",
                4
            );
        if (Expectation.OfGuest(c, e.Host, p) is { } guest)
        {
            text.Line($"the guest: {guest}", 4);
            text.Line($"({guest.Source})", 6);
        }
    }

    private static string Subject(Case c) =>
        c switch
        {
            LifecycleCase => "memory ownership",
            CapabilityCase => "capabilities",
            SlotCallsCase => "memory slots",
            CacheCase => "caches",
            AbortCase => "guest aborts",
            TagCase => "memory tags",
            RingCase => "dirty rings",
            NestedCase => "nested virtualization",
            _ => "stage-2 attributes",
        };

    /// <summary>
    /// "3 guest-load (step 12): sees zeroes": each operation, with the step that has its result, and the transition.
    /// </summary>
    private static IEnumerable<(string Text, string By)> Operations(CompiledCase compiled, Prediction p)
    {
        var operations = compiled.Lifecycle!.Operations;
        for (int i = 0; i < p.Operations.Count; i++)
            yield return (
                $"{i + 1} {OperationText.Word(p.Operations[i].Operation)} ({Answer(operations[i])}): {p.Operations[i].Outcome}",
                p.Operations[i].By.Name
            );
        if (p.Operations.Count < operations.Count)
            yield return ($"no operation after {p.Operations.Count} can be done", "there is nothing to do it to");
    }

    private static string Answer(CompiledOperation operation) =>
        operation.Operation == Operation.Destroy
            ? "which VMs are left the probe counts"
            : $"step {operation.Step.Index}";

    private static string Names(IReadOnlyList<Rule> path) =>
        path.Count == 0 ? "" : $" [{string.Join(", ", path.Select(r => r.Name))}]";

    private static string Needs(ReproducerSource source)
    {
        var steps = source.Program.Steps;
        bool root = steps.Any(s =>
            s
                is HugePagesStep
                    or VfioBindStep
                    or VfioDeviceStep
                    or UdmaBufStep
                    or OpenStep { Path: "/dev/mem" or "/dev/vfio/vfio" }
        );
        bool variant = steps.OfType<VfioBindStep>().Any(s => s.Driver == PciMemory.TestDriver);
        bool maker = steps.OfType<ExportStep>().Any();
        return (
                maker ? ", as root, with stage2_exporter.ko loaded (guest-images/exporter of the harness)"
                : steps.OfType<Stage2Step>().Any()
                    ? (root ? ", as root; with" : "; as root and with")
                        + " stage2_exporter.ko loaded (guest-images/exporter of the harness) it reads the stage-2 descriptor, too"
                : root ? ", as root"
                : ""
            ) + (variant ? "; its device is bound to stage2_vfio.ko, which must be loaded (guest-images/variant)" : "");
    }

    /// <summary>A block comment, wrapped.</summary>
    private sealed class Comment
    {
        private readonly StringBuilder _text = new("/*\n");

        public void Line() => _text.Append(" *\n");

        public void Line(string text, int indent = 0)
        {
            int more = 0;
            foreach (string line in CText.Wrap(CText.InComment(text), indent + 8))
            {
                _text.Append(" * ").Append(' ', indent + more).Append(line).Append('\n');
                more = indent == 0 ? 0 : 2;
            }
        }

        /// <summary>Not wrapped, whatever its length: it is meant for searching.</summary>
        public void Whole(string text, int indent) =>
            _text.Append(" * ").Append(' ', indent).Append(CText.InComment(text)).Append('\n');

        public override string ToString() => _text + " */\n";
    }
}
