using System.IO.Enumeration;

namespace Harness.Cases.Filter;

/// <summary>A node of the expression tree of a filter.</summary>
internal abstract record FilterNode
{
    /// <param name="read">The value of an attribute; empty if there is none.</param>
    public abstract bool Accepts(Func<string, string> read);

    /// <summary>See <see cref="CaseFilter.OneOf"/>.</summary>
    public virtual IReadOnlyList<FilterTerm>? OneOf(Func<FilterTerm, bool> useful) => null;

    /// <summary>The terms that all must hold, if the node is nothing else.</summary>
    public virtual IReadOnlyList<FilterTerm>? Terms => null;

    protected static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    protected static bool Matches(string glob, string value) =>
        FileSystemName.MatchesSimpleExpression(glob, value, ignoreCase: true);

    internal sealed record Everything : FilterNode
    {
        public override bool Accepts(Func<string, string> read) => true;
    }

    internal sealed record AnyOf(FilterNode Left, FilterNode Right) : FilterNode
    {
        public override bool Accepts(Func<string, string> read) => Left.Accepts(read) || Right.Accepts(read);

        public override IReadOnlyList<FilterTerm>? OneOf(Func<FilterTerm, bool> useful) =>
            Left.OneOf(useful) is { } left && Right.OneOf(useful) is { } right ? [.. left, .. right] : null;
    }

    internal sealed record AllOf(FilterNode Left, FilterNode Right) : FilterNode
    {
        public override bool Accepts(Func<string, string> read) => Left.Accepts(read) && Right.Accepts(read);

        public override IReadOnlyList<FilterTerm>? OneOf(Func<FilterTerm, bool> useful) =>
            Left.OneOf(useful) ?? Right.OneOf(useful);

        public override IReadOnlyList<FilterTerm>? Terms =>
            Left.Terms is { } left && Right.Terms is { } right ? [.. left, .. right] : null;
    }

    internal sealed record Not(FilterNode Inner) : FilterNode
    {
        public override bool Accepts(Func<string, string> read) => !Inner.Accepts(read);
    }

    internal sealed record Equal(FilterTerm Term) : FilterNode
    {
        public override bool Accepts(Func<string, string> read) => Same(read(Term.Name), Term.Value);

        public override IReadOnlyList<FilterTerm>? OneOf(Func<FilterTerm, bool> useful) => useful(Term) ? [Term] : null;

        public override IReadOnlyList<FilterTerm>? Terms => [Term];
    }

    internal sealed record Like(string Name, string Glob) : FilterNode
    {
        public override bool Accepts(Func<string, string> read) => Matches(Glob, read(Name));
    }

    /// <summary>The beginning of an id, or a part of a key.</summary>
    internal sealed record Word(string Text) : FilterNode
    {
        public override bool Accepts(Func<string, string> read) =>
            read("key").Contains(Text, StringComparison.OrdinalIgnoreCase)
            || read("id").StartsWith(Text, StringComparison.OrdinalIgnoreCase);
    }
}
