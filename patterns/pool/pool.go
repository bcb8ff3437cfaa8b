// The report of the demo, in Go: a goroutine for each file, which borrows its buffers from a Pool.
package main

import (
	"bytes"
	"fmt"
	"os"
	"sort"
	"sync"
)

// What it takes to look at one file. It keeps its memory when it is used again.
type scratch struct {
	text    bytes.Buffer
	lengths []int
}

// One huge file shall not make every buffer huge for ever.
func (s *scratch) reset() {
	const tooLarge = 1024 * 1024
	if s.text.Cap() > tooLarge {
		*s = scratch{}
	}
	s.text.Reset()
	s.lengths = s.lengths[:0]
}

// snippet: report
var scratches = sync.Pool{New: func() interface{} { return new(scratch) }}

func describe(path string) (string, error) {
	s := scratches.Get().(*scratch)
	defer func() {
		s.reset()
		scratches.Put(s)
	}()
	return s.describe(path)
}

// snippet end

func (s *scratch) describe(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if _, err := s.text.ReadFrom(file); err != nil {
		return "", err
	}
	for _, line := range bytes.SplitAfter(s.text.Bytes(), []byte("\n")) {
		if len(line) > 0 {
			s.lengths = append(s.lengths, len(bytes.TrimSuffix(line, []byte("\n"))))
		}
	}
	n := len(s.lengths)
	if n == 0 {
		return path + ": empty", nil
	}
	sort.Ints(s.lengths)
	return fmt.Sprintf("%s: %d lines, of %d characters in the median, %d at most",
		path, n, s.lengths[n/2], s.lengths[n-1]), nil
}

func main() {
	const atATime = 8
	lines := make([]string, len(os.Args)-1)
	failures := make([]error, len(lines))
	slots := make(chan struct{}, atATime)
	var wg sync.WaitGroup
	for i, path := range os.Args[1:] {
		slots <- struct{}{}
		wg.Add(1)
		go func(i int, path string) {
			defer wg.Done()
			lines[i], failures[i] = describe(path)
			<-slots
		}(i, path)
	}
	wg.Wait()
	for i, line := range lines {
		if failures[i] != nil {
			fmt.Fprintln(os.Stderr, failures[i])
			os.Exit(1)
		}
		fmt.Println(line)
	}
}
