// The stages of pipeline.hpp in Go, and the word count of the demo.
package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
)

// snippet: stages
// A group runs the stages: the first error cancels the context, and wait returns it. This is
// golang.org/x/sync/errgroup, but for `last`.
type group struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	tasks  sync.WaitGroup
}

func newGroup(ctx context.Context) *group {
	g := new(group)
	g.ctx, g.cancel = context.WithCancelCause(ctx)
	return g
}

// What f did is known to the context before last is called. With errgroup and a deferred close the
// output of a stage that fails is closed first, and the next stage takes that for the end.
func (g *group) start(f func() error, last func()) {
	g.tasks.Add(1)
	go func() {
		defer g.tasks.Done()
		defer last()
		if err := f(); err != nil {
			g.cancel(err)
		}
	}()
}

func (g *group) wait() error {
	g.tasks.Wait()
	defer g.cancel(nil)
	return context.Cause(g.ctx)
}

// A send that a cancel can end.
func send[T any](ctx context.Context, out chan<- T, v T) bool {
	select {
	case out <- v:
		return true
	case <-ctx.Done():
		return false
	}
}

func source[T any](g *group, produce func(ctx context.Context, out chan<- T) error) <-chan T {
	out := make(chan T)
	g.start(func() error { return produce(g.ctx, out) }, func() { close(out) })
	return out
}

// The receive needs no case for the cancel: a stage before this one closes `in` when it ends.
func transform[In, Out any](g *group, in <-chan In, f func(In) (Out, error)) <-chan Out {
	return source(g, func(ctx context.Context, out chan<- Out) error {
		for item := range in {
			result, err := f(item)
			if err != nil || !send(ctx, out, result) {
				return err
			}
		}
		return nil
	})
}

// snippet end

var word = regexp.MustCompile("[A-Za-z]+")

func wordsOf(text string) (map[string]int, error) {
	table := map[string]int{}
	for _, w := range word.FindAllString(text, -1) {
		table[strings.ToLower(w)]++
	}
	return table, nil
}

func readFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	return string(text), err
}

func countWords(ctx context.Context, files []string) (map[string]int, error) {
	total := map[string]int{}
	g := newGroup(ctx)
	paths := source(g, func(ctx context.Context, out chan<- string) error {
		for _, path := range files {
			if !send(ctx, out, path) {
				break
			}
		}
		return nil
	})
	texts := transform(g, paths, readFile)
	tables := transform(g, texts, wordsOf)
	for part := range tables {
		for w, n := range part {
			total[w] += n
		}
	}
	return total, g.wait()
}

func main() {
	total, err := countWords(context.Background(), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Println(len(total), "different words")
}
