import Daemon

extension Recurrence {
    /// Every moment that the rule gives, the first being `from` or after it; Unix seconds, ascending. The time of day
    /// is that of `from` in the zone, in summer and in winter.
    package func starts(from: Double, zone: ZoneRules) throws(AlertInputError) -> [Double] {
        let begin = Int(from.rounded(.down))
        let local = begin + zone.offset(at: begin)
        let (firstDay, ofDay) = (local.floored(86_400), local.modulo(86_400))
        let lastDay = firstDay + Self.yearsMax * 366
        var starts: [Double] = []
        var period = 0
        while starts.count < count ?? Self.startsMax + 1 {
            let days = days(ofPeriod: period, firstDay: firstDay)
            guard let earliest = days.earliest, earliest <= lastDay else { break }
            for day in days.matching where day >= firstDay {
                let start = Double(zone.utc(local: day * 86_400 + ofDay))
                if let until, start > until { return try checked(starts) }
                if starts.count < count ?? Self.startsMax + 1 { starts.append(start) }
            }
            period += 1
        }
        if starts.count <= Self.startsMax, until != nil || starts.count < count ?? 0 {
            throw Self.error(
                "a rule that goes on for more than \(Self.yearsMax) years", "end within \(Self.yearsMax) years",
                "give an earlier UNTIL or a smaller COUNT")
        }
        return try checked(starts)
    }

    private func checked(_ starts: [Double]) throws(AlertInputError) -> [Double] {
        guard !starts.isEmpty else {
            throw Self.error("a rule without any time", "hold at least once", "give a later UNTIL, or other days")
        }
        guard starts.count <= Self.startsMax else {
            throw Self.error(
                "more than \(Self.startsMax) times", "hold at most \(Self.startsMax) times", "give an earlier UNTIL")
        }
        return starts
    }

    /// The days of the rule's n-th day, week or month, ascending, as days since 1970; `earliest` is where the period
    /// begins, whether or not a day of it matches.
    private func days(ofPeriod period: Int, firstDay: Int) -> (earliest: Int?, matching: [Int]) {
        switch frequency {
        case .daily:
            let day = firstDay + period * interval
            return (day, matchesAll(day) ? [day] : [])
        case .weekly:
            let week = firstDay - (Self.weekday(firstDay) - weekStart).modulo(7) + period * interval * 7
            let wanted = days.isEmpty ? [Self.weekday(firstDay)] : days.map(\.weekday)
            return (week, (week..<week + 7).filter { wanted.contains(Self.weekday($0)) })
        case .monthly:
            let first = Timestamp.date(ofDay: firstDay)
            let month = first.year * 12 + first.month - 1 + period * interval
            let start = Timestamp.daysSinceEpoch(month / 12, month % 12 + 1, 1)
            let next = Timestamp.daysSinceEpoch((month + 1) / 12, (month + 1) % 12 + 1, 1)
            return (start, (start..<next).filter { matches($0, monthOf: start..<next, first.day) })
        }
    }

    /// A daily rule's BYDAY and BYMONTHDAY leave days out.
    private func matchesAll(_ day: Int) -> Bool {
        if !days.isEmpty, !days.contains(where: { $0.weekday == Self.weekday(day) }) { return false }
        guard !monthDays.isEmpty else { return true }
        let date = Timestamp.date(ofDay: day)
        let next = date.month == 12 ? (date.year + 1, 1) : (date.year, date.month + 1)
        let start = day - date.day + 1
        return matchesMonthDay(day, start..<Timestamp.daysSinceEpoch(next.0, next.1, 1))
    }

    private func matches(_ day: Int, monthOf month: Range<Int>, _ firstDay: Int) -> Bool {
        if days.isEmpty, monthDays.isEmpty { return day - month.lowerBound + 1 == firstDay }
        if !monthDays.isEmpty, !matchesMonthDay(day, month) { return false }
        return days.isEmpty
            || days.contains { wanted in
                guard wanted.weekday == Self.weekday(day) else { return false }
                guard let ordinal = wanted.ordinal else { return true }
                return ordinal > 0
                    ? (day - month.lowerBound) / 7 + 1 == ordinal : (month.upperBound - 1 - day) / 7 + 1 == -ordinal
            }
    }

    private func matchesMonthDay(_ day: Int, _ month: Range<Int>) -> Bool {
        monthDays.contains { $0 > 0 ? month.lowerBound + $0 - 1 == day : month.upperBound + $0 == day }
    }

    /// Monday is 0; 1970-01-01 was a Thursday.
    private static func weekday(_ day: Int) -> Int { (day + 3).modulo(7) }
}

extension Int {
    /// Never negative, for a positive divisor.
    func modulo(_ divisor: Int) -> Int { (self % divisor + divisor) % divisor }
    func floored(_ divisor: Int) -> Int { (self - modulo(divisor)) / divisor }
}
