// The demo's semaphore that is a channel, in Go. The weighted one is not in Go's standard library,
// but in golang.org/x/sync/semaphore.
package main

import (
	"bytes"
	"fmt"
	"os"
	"sync"
)

// snippet: channel
// The lines of all files, of which at most so many are read at once.
func countLines(files []string, atOnce int) (int, error) {
	lines := make([]int, len(files))
	errs := make([]error, len(files))
	slots := make(chan struct{}, atOnce) // a value in it is a file that is being read
	var wg sync.WaitGroup
	for i := range files {
		i := i
		slots <- struct{}{} // before the go: so many goroutines, too
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			lines[i], errs[i] = count(files[i])
		}()
	}
	wg.Wait()
	return sum(lines, errs)
}

// snippet end

func count(file string) (int, error) {
	text, err := os.ReadFile(file)
	return bytes.Count(text, []byte("\n")), err
}

func sum(lines []int, errs []error) (int, error) {
	total := 0
	for i, err := range errs {
		if err != nil {
			return 0, err
		}
		total += lines[i]
	}
	return total, nil
}

func main() {
	lines, err := countLines(os.Args[1:], 4)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(lines, "lines")
}
