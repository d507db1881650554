using System.Globalization;
using Harness.Model.Dimensions;

namespace Harness.Model.Rings;

/// <summary>What is done in a case about a full dirty ring.</summary>
public enum RingVerb : byte
{
    /// <summary>The guest stores to the next pages, one after the other.</summary>
    Store,

    /// <summary>KVM_RUN again, after an exit.</summary>
    Run,

    /// <summary>The next page is the slot's first again.</summary>
    Rewind,

    /// <summary>The ring's new entries are taken, and marked to be reset.</summary>
    Read,

    /// <summary>KVM_RESET_DIRTY_RINGS.</summary>
    Reset,
}

/// <summary>One act of a case about a full dirty ring.</summary>
/// <param name="Verb">What is done.</param>
/// <param name="Count">How many pages are stored to; 0 for other acts.</param>
public readonly record struct RingAct(RingVerb Verb, int Count = 0)
{
    public static Words<RingVerb> Verbs { get; } =
        new()
        {
            { RingVerb.Store, "store", "the guest stores to the next pages" },
            { RingVerb.Run, "run", "KVM_RUN again" },
            { RingVerb.Rewind, "rewind", "the next page is the first again" },
            { RingVerb.Read, "read", "the ring's new entries are read" },
            { RingVerb.Reset, "reset", "KVM_RESET_DIRTY_RINGS" },
        };

    /// <summary>"store.200", as in keys.</summary>
    public string Name => Verb == RingVerb.Store ? $"{Verbs.Of(Verb)}.{Count}" : Verbs.Of(Verb);

    /// <summary>The act of a name.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static RingAct Parse(string name)
    {
        var parts = name.Split('.');
        return Verbs.Find(parts[0]) is not { } verb ? throw No()
            : verb != RingVerb.Store
                ? parts.Length == 1 ? new RingAct(verb)
                    : throw No()
            : parts.Length == 2
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && count is > 0 and <= RingCase.Pages
                ? new RingAct(verb, count)
            : throw No();

        ArgumentException No() => new($"'{name}' is not an act", nameof(name));
    }

    /// <summary>"the guest stores to the next 200 pages".</summary>
    public override string ToString() =>
        Verb == RingVerb.Store ? $"the guest stores to the next {Count} pages" : Verbs.PhraseOf(Verb);
}
