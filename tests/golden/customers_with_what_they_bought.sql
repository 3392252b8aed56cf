-- customers
SELECT
  '{"totalCount":' || CAST((
    SELECT
      COUNT(*)
    FROM core_customer AS cus1
    WHERE
      TRUE
  ) AS TEXT) || ',"nodes":' || '[' || ARRAY_TO_STRING(
    ARRAY(SELECT
      '{"id":' || '"cus_' || ENCODE(UUID_SEND(cus3.id), 'hex') || '"' || ',"name":' || COALESCE(CAST(TO_JSON(cus3.name) AS TEXT), 'null') || ',"transactions":' || '{"totalCount":' || CAST((
        SELECT
          COUNT(*)
        FROM core_transaction AS tra5
        WHERE
          tra5.customer_id = cus3.id
      ) AS TEXT) || ',"nodes":' || '[' || ARRAY_TO_STRING(
        ARRAY(SELECT
          '{"number":' || CAST(TO_JSON(tra6.number) AS TEXT) || ',"status":' || '"' || CAST((
            tra6.status
          ) AS TEXT) || '"' || ',"nextStates":' || COALESCE(
            CAST(TO_JSON(
              (
                CASE tra6."status"
                  WHEN 'PLACED'
                  THEN CAST(ARRAY['CONFIRMED', 'CANCELLED'] AS TEXT[])
                  WHEN 'CONFIRMED'
                  THEN CAST(ARRAY['FULFILLED', 'CANCELLED'] AS TEXT[])
                  ELSE CAST(ARRAY[] AS TEXT[])
                END
              )
            ) AS TEXT),
            'null'
          ) || ',"quantity":' || CAST((
            (
              SELECT
                COALESCE(SUM(tra7.quantity), 0)
              FROM core_transaction_line AS tra7
              WHERE
                tra7.transaction_id = tra6.id AND tra7.transaction_id IS NOT NULL
            )
          ) AS TEXT) || ',"total":' || '{"amount":' || '"' || CAST((
            tra6.total_minor * CASE
              WHEN tra6.total_currency IN (
                'BHD',
                'BIF',
                'CLF',
                'CLP',
                'DJF',
                'GNF',
                'IQD',
                'ISK',
                'JOD',
                'JPY',
                'KMF',
                'KRW',
                'KWD',
                'LYD',
                'OMR',
                'PYG',
                'RWF',
                'TND',
                'UGX',
                'UYI',
                'UYW',
                'VND',
                'VUV',
                'XAF',
                'XOF',
                'XPF'
              )
              THEN CASE SERAI_EXPONENT(tra6.total_currency)
                WHEN 0
                THEN 1
                WHEN 3
                THEN 0.001
                ELSE 0.0001
              END
              ELSE 0.01
            END
          ) AS TEXT) || '"' || ',"currency":' || '"' || tra6.total_currency || '"' || '}' || ',"scenario":' || CASE
            WHEN sce9.id IS NULL
            THEN 'null'
            ELSE '{"name":' || CAST(TO_JSON(sce9.name) AS TEXT) || '}'
          END || ',"lines":' || '{"nodes":' || '[' || ARRAY_TO_STRING(
            ARRAY(SELECT
              '{"title":' || CAST(TO_JSON(tra10.title) AS TEXT) || ',"amount":' || '{"amount":' || '"' || CAST((
                tra10.amount_minor * CASE
                  WHEN tra10.amount_currency IN (
                    'BHD',
                    'BIF',
                    'CLF',
                    'CLP',
                    'DJF',
                    'GNF',
                    'IQD',
                    'ISK',
                    'JOD',
                    'JPY',
                    'KMF',
                    'KRW',
                    'KWD',
                    'LYD',
                    'OMR',
                    'PYG',
                    'RWF',
                    'TND',
                    'UGX',
                    'UYI',
                    'UYW',
                    'VND',
                    'VUV',
                    'XAF',
                    'XOF',
                    'XPF'
                  )
                  THEN CASE SERAI_EXPONENT(tra10.amount_currency)
                    WHEN 0
                    THEN 1
                    WHEN 3
                    THEN 0.001
                    ELSE 0.0001
                  END
                  ELSE 0.01
                END
              ) AS TEXT) || '"' || ',"currency":' || '"' || tra10.amount_currency || '"' || '}' || '}'
            FROM (
              SELECT
                tra10.*
              FROM core_transaction_line AS tra10
              WHERE
                tra10.transaction_id = tra6.id AND tra10.transaction_id IS NOT NULL
              ORDER BY
                tra10.position,
                tra10.id
              LIMIT 3
            ) AS tra10
            ORDER BY
              tra10.position,
              tra10.id),
            ','
          ) || ']' || '}' || '}'
        FROM (
          SELECT
            tra6.*
          FROM core_transaction AS tra6
          WHERE
            tra6.customer_id = cus3.id
          ORDER BY
            tra6.placed_at DESC,
            tra6.id DESC
          LIMIT 2
        ) AS tra6
        LEFT JOIN core_scenario AS sce9
          ON sce9.id = tra6.scenario_id
        ORDER BY
          tra6.placed_at DESC,
          tra6.id DESC),
        ','
      ) || ']' || '}' || ',"bookings":' || '{"totalCount":' || CAST((
        SELECT
          COUNT(*)
        FROM booking_booking AS boo12
        WHERE
          boo12.customer_id = cus3.id
      ) AS TEXT) || ',"nodes":' || '[' || ARRAY_TO_STRING(
        ARRAY(SELECT
          '{"checkIn":' || '"' || CASE
            WHEN boo14.check_in BETWEEN '0001-01-01' AND '9999-12-31'
            THEN CAST((
              boo14.check_in
            ) AS TEXT)
            WHEN boo14.check_in > '9999-12-31'
            THEN '9999-12-31'
            WHEN boo14.check_in < '0001-01-01'
            THEN '0001-01-01'
          END || '"' || ',"nights":' || COALESCE(CAST((
            (
              boo14."check_out" - boo14."check_in"
            )
          ) AS TEXT), 'null') || ',"stay":' || CASE
            WHEN sta16.id IS NULL
            THEN 'null'
            ELSE '{"title":' || CAST(TO_JSON(sta16.title) AS TEXT) || ',"provider":' || CASE
              WHEN pro18.id IS NULL
              THEN 'null'
              ELSE '{"name":' || CAST(TO_JSON(pro18.name) AS TEXT) || '}'
            END || '}'
          END || '}'
        FROM (
          SELECT
            boo14.*
          FROM booking_booking AS boo14
          WHERE
            boo14.customer_id = cus3.id
          ORDER BY
            boo14.check_in DESC,
            boo14.id
          LIMIT 2
        ) AS boo14
        LEFT JOIN (
          core_offer AS sta16
            JOIN booking_stay AS sta16_booking_stay
              ON sta16_booking_stay.id = sta16.id
            LEFT JOIN core_provider AS pro18
              ON pro18.id = sta16.provider_id
        )
          ON sta16.id = boo14.stay_id
        ORDER BY
          boo14.check_in DESC,
          boo14.id),
        ','
      ) || ']' || '}' || '}'
    FROM (
      SELECT
        cus3.*
      FROM core_customer AS cus3
      WHERE
        TRUE
      ORDER BY
        cus3.name COLLATE "C",
        cus3.id
      LIMIT 3
    ) AS cus3
    ORDER BY
      cus3.name COLLATE "C",
      cus3.id),
    ','
  ) || ']' || '}';
