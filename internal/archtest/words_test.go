package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// former are names that packages once gave to things of theirs, and that had other
// meanings elsewhere, or none to a reader from outside: what they became is in the
// comment. A folder's name that ends in a slash is of all packages below it.
func former() map[string]string {
	return map[string]string{
		"campaign": "Moment Verdict", // record.Snapshot, record.CommitResult
		// planStep, plan.action, inDoubt, timing, toPlan, draft, addEntry, commitAndEnqueue,
		// afterSettle, settleStatus, callContext, callWithRegrant, recordCache, …
		"internal/lifecycle": "act doubtful doubt turn turnOf take missed timely moves tell passed made hopeless tired",
		"internal/stage": "act doubtful turn turnOf take missed timely moves tell conclude resume settleLook lasting keeping finishing " +
			"once recent sight passed made hopeless tired Handover HandOver",
		// AckScript, inflight, delivery, workerPool, target, scriptRun, DurabilityCheck, …
		"internal/queue":     "Handover HandOver Then follow handOn taken grip leave hasLeft crew members lane asAsynqDoes told Witness Keep UnkeptError",
		"internal/asynqwire": "Handover HandOver lane asAsynqDoes told",
		// loggingLedger, taskQueue, warnThrottle, blockers, deps, buildStages, buildLimits, semaphore
		"worker":          "told tasks silence obstacles shared serveWith control seats rise crew",
		"internal/engine": "told tasks silence obstacles shared serveWith control seats rise crew",
		// roundTrip, nextRequest, handleResult, rejectWaiting, waitQueue, fairness, tolerance, …
		"internal/limit": "talk question turnAway sendAway wave poke hand line share grace judge patience calm",
		// accountBatch, inBatchDuplicate, existing, inflight, yield…, enqueueSync, withGrace
		"enqueue": "share twin twins there flying give alone outlive",
		// scheduleRun, firing, recordResult, enqueueDue
		"internal/schedule": "course shot landed fire",
		// TryAcquire, maintenance, Controller, Service, Cache
		"internal/":           "Lead Chore chore Keeper Desk Book",
		"enqueue/enqueuetest": "Becomes BecomesIn Sends Creates",
		"worker/workertest":   "Becomes BecomesIn Sends Creates",
		// eventOf, Emit, ReachesNoContact, coversNoContact
		"internal/holdstore": "told",
		"internal/announce":  "Tell",
		"internal/record":    "ReachesNobody coversNobody",
		// logFaulty, printDone, printHeld, withinLimit, printRest, maxPrinted, fileProgress.printed
		"cmd/octoq": "told tell tells tellHeld tellRest maxTold",
	}
}

// declared is a name that a file declares at its top level: a type, function, method,
// field, variable or constant.
type declared struct {
	name, pkg, file string
	isType          bool
}

// declarations are those of the product: no tests, no kits of them.
func declarations(t *testing.T, tree fs.FS) []declared {
	t.Helper()
	sources, err := readTree(tree)
	if err != nil {
		t.Fatal(err)
	}
	var all []declared
	fset := token.NewFileSet()
	for _, s := range sources {
		if s.test {
			continue
		}
		text, err := fs.ReadFile(tree, s.path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(fset, s.path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range declaredBy(file) {
			d.pkg, d.file = s.pkg(), path.Base(s.path)
			all = append(all, d)
		}
	}
	return all
}

func declaredBy(file *ast.File) []declared {
	var all []declared
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			all = append(all, declared{name: d.Name.Name})
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				all = append(all, specified(spec)...)
			}
		}
	}
	return all
}

func specified(spec ast.Spec) []declared {
	var all []declared
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, n := range s.Names {
			all = append(all, declared{name: n.Name})
		}
	case *ast.TypeSpec:
		all = append(all, declared{name: s.Name.Name, isType: true})
		structure, ok := s.Type.(*ast.StructType)
		if !ok {
			break
		}
		for _, field := range structure.Fields.List {
			for _, n := range field.Names {
				all = append(all, declared{name: n.Name})
			}
		}
	}
	return all
}

// Names that were given up do not come back.
func TestFormerNamesStayGone(t *testing.T) {
	t.Parallel()
	for _, d := range declarations(t, os.DirFS(root)) {
		for where, names := range former() {
			applies := d.pkg == where || strings.HasSuffix(where, "/") && strings.HasPrefix(d.pkg, where)
			if applies && slices.Contains(strings.Fields(names), d.name) {
				t.Errorf("%s/%s declares %s, a name that was given up: see former() for what it became", d.pkg, d.file, d.name)
			}
		}
	}
}

// homonyms are type names that two internal packages declare, each with the reason.
func homonyms() map[string]string {
	const (
		usual = "the usual name for what a package is set up with, seen with the package's name in front"
		port  = "a port of a use case has the name of the adapter that it is for"
	)
	return map[string]string{
		"Config": usual, "Options": usual, "Server": usual, "Client": usual,
		"Store": "each is what keeps one thing in Redis, or the port for it",
		"Gate":  port, "Permit": port, "Ledger": port, "Queue": port, "Lease": port,
		"scripts": "the Lua that a package runs on Redis",
		"Role":    "what a process is to Redis (rights), and what people and programs may do (access)",
		"Letter":  "what the queue holds (task), and the same as operators see it (admin)",
	}
}

// One word is one thing: no two internal packages of the product declare a type of
// one name, but for those that are explained.
func TestTypesHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	where := map[string][]string{}
	for _, d := range declarations(t, os.DirFS(root)) {
		if d.isType && strings.HasPrefix(d.pkg, "internal/") && product(d.pkg) && !slices.Contains(where[d.name], d.pkg) {
			where[d.name] = append(where[d.name], d.pkg)
		}
	}
	explained := homonyms()
	for name, packages := range where {
		if _, ok := explained[name]; len(packages) > 1 && !ok {
			t.Errorf("type %s is declared by %v: give one of them another name, or explain it in homonyms()", name, packages)
		}
		if _, ok := explained[name]; len(packages) == 1 && ok {
			t.Errorf("type %s is explained in homonyms(), and only %v declares it", name, packages)
		}
	}
}

// product reports whether a package is part of octoq, and not of what tests it.
func product(pkg string) bool {
	return !slices.Contains([]string{
		"internal/archtest", "internal/arrows", "internal/bench", "internal/chaos", "internal/clients", "internal/conformance", "internal/crash", "internal/e2e",
		"internal/memredis", "internal/mutants", "internal/proctest", "internal/redistest", "internal/testenv", "internal/simulator",
	}, pkg)
}
