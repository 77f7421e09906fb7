"""What a person at the bench needs, printed (rich): a lab, a check, a dry run."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agents.report.margins import Margin
from agents.report.timeline import Visit, clock, duration, grams, segments, timeline
from agents.workplace import Workplace
from knowledge.chemistry import identity, molar_mass_g_per_mol
from knowledge.recipe import Recipe
from lab.evolved_gas import ML_PER_MOL, evolved_ml, taken_up_ml
from lab.inventory import Lot
from lab.procedure import Procedure


def show_lab(place: Workplace, console: Console) -> None:
    """Print what a lab can do, its limits and what it has in stock."""
    bench = place.bench
    console.print(f"[bold]{escape(place.name)}[/] lab")
    console.print(
        f"a batch is {bench.batch_g:g} g in a crucible of {escape(bench.crucible)}; mixing takes "
        f"{bench.mixing_min:g} min, grinding {bench.grinding_min:g} min, a scan "
        f"{bench.scan_min:g} min",
        soft_wrap=True,
    )
    _heading("stations", console)
    table = _table("station", "how many", "samples in each", "does")
    for station in place.stations.all:
        done = ", ".join(kind.__name__.lower() for kind in station.does)
        table.add_row(escape(station.name), str(station.units), str(station.positions), done)
    console.print(table)
    if place.envelope is not None:
        _heading("limits, whoever asks", console)
        table = _table("rule", "limit", "source")
        for rule, limit, source in place.limits:
            table.add_row(escape(rule), escape(limit), f"[dim]{escape(source)}[/]")
        console.print(table)
    _heading("in stock", console)
    _show_stock(place, console)


def show_check(
    recipe: Recipe, which: str, margins: Sequence[Margin], place: Workplace, console: Console
) -> None:
    """Print that a recipe passes, and by how much. `which` says where it is from."""
    console.print(f"[dim]{escape(which)}[/]", soft_wrap=True)
    console.print(
        f"{escape(str(recipe))} [green]passes[/] in the {escape(place.name)} lab", soft_wrap=True
    )
    table = _table("rule", "asked", "allowed", "to spare")
    for margin in margins:
        table.add_row(*map(escape, (margin.rule, margin.asked, margin.allowed, margin.to_spare)))
    console.print(table)
    _show_hazards(recipe, place, console)


def show_dry_run(
    recipe: Recipe,
    which: str,
    procedure: Procedure,
    place: Workplace,
    begin_min: int,
    console: Console,
) -> None:
    """Print everything that is weighed, fired and done. `which` says where the recipe is from.

    The clock starts `begin_min` minutes after midnight, and stations are taken to be free when
    the sample comes.
    """
    console.print(f"[dim]{escape(which)}[/]", soft_wrap=True)
    made = f"{procedure.target_g:g} g {procedure.target}"
    console.print(f"[bold]{escape(made)}[/] in the {escape(place.name)} lab")
    console.print(f"{escape(recipe.equation)}  [dim]id {procedure.recipe_id}[/]", soft_wrap=True)
    _heading("weigh", console)
    _show_masses(procedure, place, console)
    for number, programme in enumerate(procedure.firings, start=1):
        _heading(f"firing {number} of {len(procedure.firings)}", console)
        table = _table("from, C", "to, C", "C/min", "takes", "in")
        for line in segments(programme):
            rate = "hold" if line.rate_c_per_min is None else f"{line.rate_c_per_min:g}"
            table.add_row(
                f"{line.from_c:g}", f"{line.to_c:g}", rate, duration(line.hours), escape(line.gas)
            )
        console.print(table)
    _heading("timeline, if every station is free", console)
    _show_timeline(timeline(place.stations, procedure), begin_min, console)
    for word, gases_ml in (
        ("given off, at most", evolved_ml(recipe, procedure.target_g)),
        ("taken up", taken_up_ml(recipe, procedure.target_g)),
    ):
        if gases_ml:
            console.print(f"\ngas {word}: {_volumes(gases_ml)}", soft_wrap=True)
    _show_hazards(recipe, place, console)


def _show_masses(procedure: Procedure, place: Workplace, console: Console) -> None:
    table = _table("powder", "g", "lot", "size, um", "costs")
    for formula, mass_g in procedure.masses_g.items():
        lots = _lots_in_use(place, formula)
        price = place.stock.price({formula: mass_g})
        table.add_row(
            escape(formula),
            grams(mass_g),
            escape(", ".join(lot.lot for lot in lots if lot.lot) or "-"),
            ", ".join(f"{x.particle_size_um:g}" for x in lots if x.particle_size_um) or "-",
            "-" if price.unpriced else f"{price.amount:.2f} {escape(price.currency)}",
        )
    table.add_row("[dim]in all[/]", grams(sum(procedure.masses_g.values())), "", "", "")
    console.print(table)


def _lots_in_use(place: Workplace, formula: str) -> list[Lot]:
    """The oldest lot of which something is left, if any."""
    lots = [x for x in place.stock.lots if identity(x.formula) == identity(formula)]
    return [x for x in lots if place.stock.left_g(formula, x.lot) > 0][:1]


def _show_timeline(visits: Sequence[Visit], begin_min: int, console: Console) -> None:
    table = _table("begins", "takes", "at", "what is done")
    for visit in visits:
        table.add_row(
            clock(begin_min, visit.start_h),
            duration(visit.hours),
            escape(visit.station),
            escape("\n".join(visit.words)),
        )
    total_h = visits[-1].start_h + visits[-1].hours
    table.add_row(clock(begin_min, total_h), f"[bold]{duration(total_h)}[/]", "", "[bold]done[/]")
    console.print(table)


def _show_stock(place: Workplace, console: Console) -> None:
    lots = place.stock.lots
    told = [lot for lot in lots if lot != Lot(formula=lot.formula)]
    if told:
        table = _table("powder", "lot", "left, g", "price per g", "size, um", "supplier")
        for lot in told:
            table.add_row(
                escape(lot.formula),
                escape(lot.lot),
                "as needed"
                if lot.grams is None
                else grams(place.stock.left_g(lot.formula, lot.lot)),
                "" if lot.price_per_g is None else f"{lot.price_per_g:g} {escape(lot.currency)}",
                "" if lot.particle_size_um is None else f"{lot.particle_size_um:g}",
                escape(lot.supplier),
            )
        console.print(table)
    endless = [lot.formula for lot in lots if lot not in told]
    if endless:
        console.print(f"bought as needed: {escape(', '.join(endless))}")


def _show_hazards(recipe: Recipe, place: Workplace, console: Console) -> None:
    found = place.hazards(recipe)
    _heading("hazards" if found else "hazards: none known", console)
    for hazard in found:
        console.print(
            f"[yellow]{escape(hazard.rule)}[/]: {escape(hazard.what)}; {escape(hazard.advice)} "
            f"[dim]({escape(hazard.source)})[/]",
            soft_wrap=True,
        )


def _volumes(gases_ml: Mapping[str, float]) -> str:
    """Grams and millilitres of each gas: `0.3775 g CO2 (210 ml at 25 C)`."""
    return ", ".join(
        f"{grams(ml / ML_PER_MOL * molar_mass_g_per_mol(gas))} g {gas} ({ml:.0f} ml at 25 C)"
        for gas, ml in gases_ml.items()
    )


def _heading(text: str, console: Console) -> None:
    console.print(f"\n[bold]{text}[/]")


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in headings:
        wraps = heading in ("what is done", "source", "limit", "does", "allowed")
        table.add_column(heading, no_wrap=not wraps)
    return table
