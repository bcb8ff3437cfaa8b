// The demo in Go: all files are parsed as UTF-8, and the first that is broken stops the others. The
// group is golang.org/x/sync/errgroup; so that this file needs no module, here is a small one.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"unicode/utf8"
)

type group struct {
	wg     sync.WaitGroup
	once   sync.Once
	err    error
	cancel context.CancelFunc
	slots  chan struct{} // nil: no limit
}

func withContext(ctx context.Context) (*group, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	return &group{cancel: cancel}, ctx
}

func (g *group) setLimit(n int) { g.slots = make(chan struct{}, n) }

func (g *group) start(f func() error) {
	if g.slots != nil {
		g.slots <- struct{}{}
	}
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		if err := f(); err != nil {
			g.once.Do(func() { // the first
				g.err = err
				g.cancel()
			})
		}
		if g.slots != nil {
			<-g.slots
		}
	}()
}

func (g *group) wait() error {
	g.wg.Wait()
	g.cancel()
	return g.err
}

func parse(file string) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	if !utf8.Valid(text) {
		return 0, fmt.Errorf("%s: is no UTF-8", file)
	}
	return utf8.RuneCount(text), nil
}

// snippet: parse_all
func parseAll(files []string) (int, error) {
	const batch = 32
	characters := make([]int, len(files))
	g, ctx := withContext(context.Background())
	g.setLimit(4)
	for first := 0; first < len(files) && ctx.Err() == nil; first += batch {
		first := first
		g.start(func() error {
			for i := first; i < len(files) && i < first+batch && ctx.Err() == nil; i++ {
				n, err := parse(files[i])
				if err != nil {
					return err
				}
				characters[i] = n
			}
			return nil
		})
	}
	if err := g.wait(); err != nil {
		return 0, err
	}
	total := 0
	for _, n := range characters {
		total += n
	}
	return total, nil
}

// snippet end

func main() {
	characters, err := parseAll(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(characters, "characters")
}
